import { expect, test } from '@jest/globals';

import { VictimCourse } from './victim-course.ts';

test('a booking without a webhook or an event counts as missing, with the time until it is given up', () => {
  const course = new VictimCourse();
  course.expect(1, performance.now() - 5_000);
  course.answer('booking', 201, performance.now() - 5_000);
  course.tell('stream', 1);
  const { webhook, stream } = course.figures().experiences;
  expect(webhook).toMatchObject({ count: 1, missing: 1 });
  expect(webhook.p99).toBeGreaterThanOrEqual(5_000);
  expect(stream).toMatchObject({ count: 1, missing: 0 });
  expect(course.isAllTold()).toBe(false);
});

test('a refusal counts by its status and has no time', () => {
  const course = new VictimCourse();
  course.expect(1, performance.now());
  course.answer('booking', 503, performance.now());
  course.forget(1);
  const { experiences, answers } = course.figures();
  expect(answers.booking).toEqual({ 503: 1 });
  expect(experiences.booking).toEqual({ count: 0, p50: Infinity, p99: Infinity, missing: 0 });
  expect(course.isAllTold()).toBe(true);
});

test('a request without an answer counts with the time for which it was waited', () => {
  const course = new VictimCourse();
  course.answer('list', 0, performance.now() - 10_000);
  expect(course.figures().experiences.list.p99).toBeGreaterThanOrEqual(10_000);
});

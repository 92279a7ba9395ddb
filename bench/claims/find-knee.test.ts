import { expect, test } from '@jest/globals';

import type { Answers } from '../load/flood.ts';
import type { Course } from './flood-course.ts';
import { findKnee } from './find-knee.ts';

interface Answer {
  /** Of a hundred requests. */
  readonly refused?: number;
  readonly status?: 429 | 500 | 503;
  readonly p99?: number;
  readonly backlogMs?: number;
}

/** A course over a system that is made up: what each flood comes to is for `answer` to say. */
function courseOf(answer: (perSecond: number, seconds: number, number: number) => Answer) {
  const sent: { perSecond: number; seconds: number }[] = [];
  let last: Answer = {};
  const course: Course = {
    send: (perSecond, seconds) => {
      last = answer(perSecond, seconds, sent.push({ perSecond, seconds }));
      const { refused = 0, status = 503, p99 = 10 } = last;
      const of = (count: number): Answers => ({ count, p50: p99, p99, max: p99 });
      const answers = { 202: of(100 - refused), ...(refused > 0 && { [status]: of(refused) }) };
      return Promise.resolve({ answers, sent: 100, elapsedMs: 1, generatorBusy: 0, generatorLateMs: 0 });
    },
    untilDecided: () => Promise.resolve(last.backlogMs ?? 0),
  };
  return { course, sent };
}

const OPTIONS = { seconds: 2, report: () => undefined };

test.each([
  ['refused', { refused: 2 }],
  ['answered with what is no refusal', { refused: 1, status: 500 as const }],
  ['answered late', { p99: 101 }],
  ['decided late', { backlogMs: 101 }],
])('the knee is the highest rate of which no more than is allowed is %s', async (_, over) => {
  const { course } = courseOf((perSecond) => (perSecond > 800 ? over : { refused: 1 }));
  expect(await findKnee(course, OPTIONS)).toBe(781);
});

test('a pause at the first rate is no knee', async () => {
  const { course } = courseOf((perSecond, _, number) =>
    number <= 2 || perSecond > 800 ? { refused: 50 } : {},
  );
  expect(await findKnee(course, OPTIONS)).toBe(781);
});

test('a rate counts only when it is sustained for longer', async () => {
  const { course, sent } = courseOf((perSecond, seconds) =>
    perSecond > (seconds > 2 ? 600 : 800) ? { p99: 500 } : {},
  );
  expect(await findKnee(course, OPTIONS)).toBe(500);
  expect(sent.at(-1)).toEqual({ perSecond: 500, seconds: 10 });
});

test('the search goes down from its first rate', async () => {
  const { course } = courseOf((perSecond) => (perSecond > 350 ? { refused: 30 } : {}));
  expect(await findKnee(course, OPTIONS)).toBe(320);
});

test('a system that cannot sustain even a low rate is an error, not a knee', async () => {
  const { course } = courseOf(() => ({ refused: 100 }));
  await expect(findKnee(course, OPTIONS)).rejects.toThrow(/not even 50\/s/);
});

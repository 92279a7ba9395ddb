import { expect, it } from '@jest/globals';
import { createSpread } from './spread.ts';

function open({ groupsMax = 10 } = {}) {
  let nowMs = 1_000_000;
  const spread = createSpread({ pauseMaxMs: 10_000, groupsMax, now: () => nowMs });
  return { ...spread, passMs: (ms: number) => (nowMs += ms) };
}

const HUNDRED = { count: 100, notBeforeMs: 500, eachMs: 10 };

it('postponed deliveries come after those postponed before, at the pace of their group', () => {
  const { passMs, putOff } = open();
  expect([putOff('a', HUNDRED), putOff('a', HUNDRED)]).toEqual([1_500, 2_500]);
  passMs(2_000);
  expect(putOff('a', HUNDRED)).toBe(1_500);
});

it('groups do not wait for each other', () => {
  const { putOff } = open();
  putOff('a', HUNDRED);
  expect(putOff('b', HUNDRED)).toBe(1_500);
});

it('nothing is postponed for longer than the longest pause', () => {
  const { putOff } = open();
  expect(putOff('a', { ...HUNDRED, count: 1_000_000 })).toBe(10_000);
  expect(putOff('a', HUNDRED)).toBe(10_000);
});

it('a wait with a maximum of its own ends no later', () => {
  const { putOff } = open();
  putOff('a', { ...HUNDRED, count: 500 });
  expect(putOff('a', { ...HUNDRED, maxMs: 700 })).toBe(700);
  expect(putOff('a', HUNDRED)).toBe(1_700);
});

it('postponed deliveries that are already due delay no others', () => {
  const { passMs, putOff } = open();
  putOff('a', HUNDRED);
  passMs(60_000);
  expect(putOff('a', HUNDRED)).toBe(1_500);
});

it('remembers no more groups than its limit', () => {
  const { putOff } = open({ groupsMax: 1 });
  putOff('a', HUNDRED);
  putOff('b', HUNDRED);
  expect(putOff('a', HUNDRED)).toBe(1_500);
});

import { expect, it } from '@jest/globals';
import { createSpread } from './spread.ts';

function open({ groupsMax = 10 } = {}) {
  let nowMs = 1_000_000;
  const spread = createSpread({ pauseMaxMs: 10_000, groupsMax, now: () => nowMs });
  return { ...spread, passMs: (ms: number) => (nowMs += ms) };
}

const HUNDRED = { count: 100, notBeforeMs: 500, eachMs: 10 };

it('what is put off comes behind what was put off before, at the pace of its group', () => {
  const { passMs, putOff } = open();
  expect([putOff('a', HUNDRED), putOff('a', HUNDRED)]).toEqual([1_500, 2_500]);
  passMs(2_000);
  expect(putOff('a', HUNDRED)).toBe(1_500);
});

it('groups have lines of their own', () => {
  const { putOff } = open();
  putOff('a', HUNDRED);
  expect(putOff('b', HUNDRED)).toBe(1_500);
});

it('nothing is put off for longer than the longest pause', () => {
  const { putOff } = open();
  expect(putOff('a', { ...HUNDRED, count: 1_000_000 })).toBe(10_000);
  expect(putOff('a', HUNDRED)).toBe(10_000);
});

it('a line that is over is no line', () => {
  const { passMs, putOff } = open();
  putOff('a', HUNDRED);
  passMs(60_000);
  expect(putOff('a', HUNDRED)).toBe(1_500);
});

it('remembers no more groups than it may', () => {
  const { putOff } = open({ groupsMax: 1 });
  putOff('a', HUNDRED);
  putOff('b', HUNDRED);
  expect(putOff('a', HUNDRED)).toBe(1_500);
});

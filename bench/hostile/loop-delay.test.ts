import { expect, test } from '@jest/globals';

import { loopDelayOf, type Buckets } from './loop-delay.ts';

const NONE: Buckets = [
  [0.01, 0],
  [0.05, 0],
  [0.1, 0],
  [Infinity, 0],
];

test('the p99 of the loop delay lies in the bucket of the sample that 1 % exceed', () => {
  const after: Buckets = [
    [0.01, 90],
    [0.05, 100],
    [0.1, 100],
    [Infinity, 100],
  ];
  const { p99Ms, maxMs } = loopDelayOf(NONE, after);
  expect(p99Ms).toBeCloseTo(46);
  expect(maxMs).toBe(50);
});

test('samples before the first reading do not count', () => {
  const before: Buckets = NONE.map(([bound]) => [bound, bound === Infinity ? 100 : 50]);
  const after: Buckets = before.map(([bound, count]) => [bound, count + 10]);
  expect(loopDelayOf(before, after)).toEqual({ p99Ms: expect.closeTo(9.9), maxMs: 10 });
});

test('a delay over the last bound is longer than every bound, and no samples are no delay', () => {
  const after: Buckets = NONE.map(([bound]) => [bound, bound === Infinity ? 1 : 0]);
  expect(loopDelayOf(NONE, after)).toEqual({ p99Ms: 100, maxMs: Infinity });
  expect(loopDelayOf(NONE, NONE)).toEqual({ p99Ms: 0, maxMs: 0 });
});

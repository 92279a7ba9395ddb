import { expect, test } from '@jest/globals';

import { median, percentile } from './middle.ts';

test('the median of an odd number of values is the one in the middle, whatever their order', () => {
  expect(median([30, 1, 2])).toBe(2);
});

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect(median([4, 1, 3, 100])).toBe(3.5);
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at);
  expect([0, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([1, 100, 198, 200]);
  expect(percentile([7], 99)).toBe(7);
});

test('without values the median and the percentile throw', () => {
  expect(() => median([])).toThrow(RangeError);
  expect(() => percentile([], 50)).toThrow(RangeError);
});

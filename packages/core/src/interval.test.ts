import { describe, expect, test } from '@jest/globals';
import { slot } from '../test/requests.ts';
import { overlaps } from './interval.ts';

const interval = (start: number, end: number) => ({ start: slot(start), end: slot(end) });

describe('overlaps', () => {
  test.each([
    ['the same interval', interval(2, 4), true],
    ['one inside', interval(2, 3), true],
    ['one around', interval(1, 5), true],
    ['one that runs into it', interval(1, 3), true],
    ['one that runs out of it', interval(3, 5), true],
    ['one that ends where it starts', interval(1, 2), false],
    ['one that starts where it ends', interval(4, 5), false],
    ['one before', interval(0, 1), false],
    ['one after', interval(5, 6), false],
  ])('of [2, 4) and %s', (_, other, expected) => {
    expect(overlaps(interval(2, 4), other)).toBe(expected);
    expect(overlaps(other, interval(2, 4))).toBe(expected);
  });
});

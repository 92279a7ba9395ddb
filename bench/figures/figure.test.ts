import { expect, test } from '@jest/globals';

import { isReached, ratioOf, type Figure } from './figure.ts';

const rate: Figure = {
  name: 'a rate',
  unit: 'decided/s',
  reference: 'another',
  ours: [100, 300, 90],
  theirs: [50, 100, 100],
};

test('a ratio is taken inside each round', () => {
  expect(ratioOf(rate)).toEqual({ median: 2, min: 0.9, max: 3 });
});

test('a rate reaches its goal from above and a wait from below', () => {
  expect(isReached({ ...rate, goal: 2 })).toBe(true);
  expect(isReached({ ...rate, goal: 2.1 })).toBe(false);
  expect(isReached({ ...rate, unit: 'ms', goal: 2 })).toBe(true);
  expect(isReached({ ...rate, unit: 'ms', goal: 1.9 })).toBe(false);
  expect(isReached(rate)).toBeUndefined();
});

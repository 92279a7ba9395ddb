import { expect, test } from '@jest/globals';

import { bestOf, judge } from './judge.ts';

test('a guard holds up to a quarter over its baseline, and fails above that', () => {
  const verdicts = judge({ same: 4, more: 5, tooMuch: 5.01 }, { same: 4, more: 4, tooMuch: 4 });
  expect(verdicts.map(({ name, isHeld }) => [name, isHeld])).toEqual([
    ['same', true],
    ['more', true],
    ['tooMuch', false],
  ]);
});

test('a guard with a baseline of 0 holds only at 0', () => {
  expect(judge({ idle: 0 }, { idle: 0 })[0]?.isHeld).toBe(true);
  expect(judge({ idle: 0.1 }, { idle: 0 })[0]?.isHeld).toBe(false);
});

test('a guard without a baseline fails', () => {
  expect(judge({ fresh: 1 }, {})).toEqual([{ name: 'fresh', now: 1, baseline: undefined, isHeld: false }]);
});

test('the best reading of each guard counts, whichever try it came from', () => {
  expect(bestOf([{ a: 2, b: 1 }, { a: 1, b: 3 }, { a: 5 }])).toEqual({ a: 1, b: 1 });
});

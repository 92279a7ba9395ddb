import { expect, it } from '@jest/globals';
import { RETRY_SPREAD_S_MAX, retryAfterS } from './retry-after.ts';

it.each([
  [0, 0.99, 1],
  [1_999, 0.99, 1],
  [10_000, 0, 1],
  [10_000, 0.5, 6],
  [10_000, 0.999, 10],
  [3_600_000, 0.999, RETRY_SPREAD_S_MAX],
])('after %d ms with chance %d it is %d s', (lastedMs, chance, seconds) => {
  expect(retryAfterS({ lastedMs, chance })).toBe(seconds);
});

import { describe, expect, test } from '@jest/globals';
import { backoffMs, parseRetryAfterMs } from './retry-delay.ts';

const LIMITS = { retryBaseMs: 250, retryCapMs: 10_000, retryAfterMaxMs: 900_000 };

describe('the pause before a retry', () => {
  test('doubles up to its cap, and half of it is random', () => {
    const most = [1, 2, 3, 6, 7, 1000].map((retries) => backoffMs(retries, LIMITS, { random: () => 1 }));
    expect(most).toEqual([250, 500, 1000, 8000, 10_000, 10_000]);
    expect(backoffMs(1, LIMITS, { random: () => 0 })).toBe(125);
  });

  test.each([
    ['2', 2000],
    ['0', 0],
    ['600', 600_000],
    ['999999', 900_000],
    ['Sun, 22 Mar 2026 12:00:05 GMT', 5000],
    ['Sun, 22 Mar 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('obeys Retry-After: %s', (header, expected) => {
    expect(parseRetryAfterMs(header, Date.UTC(2026, 2, 22, 12), LIMITS)).toBe(expected);
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DELIVERY_ATTEMPTS_MAX, nextAttemptDelayMs, RETRY_AFTER_MAX_MS } from './delivery-schedule.ts';

const HOUR_MS = 3_600_000;
const ATTEMPTS = Array.from({ length: DELIVERY_ATTEMPTS_MAX }, (_, attempt) => attempt);

const attempt = fc.integer({ min: 0, max: DELIVERY_ATTEMPTS_MAX - 1 });
const jitter = fc.double({ min: 0, max: 1, noNaN: true });
const retryAfterMs = fc.nat(3 * RETRY_AFTER_MAX_MS);

/** The delay on the wire's schedule; throws where there is none. */
function delayOf(wish: Parameters<typeof nextAttemptDelayMs>[0]): number {
  const delayMs = nextAttemptDelayMs(wish);
  if (delayMs === undefined) throw new Error('the schedule is exhausted');
  return delayMs;
}

describe('the schedule of attempts', () => {
  test('is the published one', () => {
    expect(ATTEMPTS.map((made) => nextAttemptDelayMs({ attempt: made, jitter: 0.5 }))).toEqual(
      [0, 5_000, 300_000, 1_800_000, 2, 5, 10, 14, 20, 24].map((wait) =>
        wait > 0 && wait < 30 ? wait * HOUR_MS : wait,
      ),
    );
  });

  test('ends about 75 hours after the first attempt', () => {
    const hours = (jitter: number): number =>
      ATTEMPTS.reduce((sum, made) => sum + delayOf({ attempt: made, jitter }), 0) / HOUR_MS;
    expect(hours(0.5)).toBeCloseTo(75.6, 1);
    expect(hours(0)).toBeCloseTo(68.0, 1);
    expect(hours(1)).toBeCloseTo(83.1, 1);
  });

  test.each([DELIVERY_ATTEMPTS_MAX, DELIVERY_ATTEMPTS_MAX + 1, 1_000])(
    'is exhausted after %i attempts, whatever the receiver requests',
    (made) => {
      expect(nextAttemptDelayMs({ attempt: made, jitter: 0 })).toBeUndefined();
      expect(nextAttemptDelayMs({ attempt: made, jitter: 0, retryAfterMs: 1_000 })).toBeUndefined();
    },
  );

  test('is moved by a tenth at most, in whole milliseconds, and later by more jitter', () => {
    fc.assert(
      fc.property(attempt, jitter, jitter, (made, one, two) => {
        const planned = delayOf({ attempt: made, jitter: 0.5 });
        const moved = delayOf({ attempt: made, jitter: one });
        expect(Number.isSafeInteger(moved)).toBe(true);
        expect(Math.abs(moved - planned)).toBeLessThanOrEqual(planned * 0.1 + 1);
        const [less, more] = [Math.min(one, two), Math.max(one, two)];
        expect(delayOf({ attempt: made, jitter: less })).toBeLessThanOrEqual(
          delayOf({ attempt: made, jitter: more }),
        );
      }),
    );
  });

  test('waits longer after every attempt', () => {
    fc.assert(
      fc.property(attempt, jitter, (made, moved) => {
        if (made === 0) return;
        expect(delayOf({ attempt: made, jitter: moved })).toBeGreaterThan(
          delayOf({ attempt: made - 1, jitter: moved }),
        );
      }),
    );
  });

  test('is lengthened by Retry-After, never shortened, and never beyond the cap', () => {
    fc.assert(
      fc.property(attempt, jitter, retryAfterMs, (made, moved, asked) => {
        const planned = delayOf({ attempt: made, jitter: moved });
        const delayMs = delayOf({ attempt: made, jitter: moved, retryAfterMs: asked });
        expect(delayMs).toBe(Math.max(planned, Math.min(asked, RETRY_AFTER_MAX_MS)));
      }),
    );
  });

  test.each([-1, Number.NaN, Number.NEGATIVE_INFINITY, undefined])(
    'takes a Retry-After of %s for none',
    (asked) => {
      expect(nextAttemptDelayMs({ attempt: 1, jitter: 0.5, retryAfterMs: asked })).toBe(5_000);
    },
  );

  test('treats an infinite Retry-After as the cap', () => {
    expect(nextAttemptDelayMs({ attempt: 1, jitter: 0, retryAfterMs: Number.POSITIVE_INFINITY })).toBe(
      RETRY_AFTER_MAX_MS,
    );
  });
});

// Calculates the delay before a batch is sent again. Pure: the caller supplies the time and the random
// numbers.

import type { ImportLimits } from './import-limits.ts';

export interface Dice {
  /** From 0, inclusive, to 1, exclusive. */
  random(): number;
}

type RetryLimits = Pick<ImportLimits, 'retryBaseMs' | 'retryCapMs' | 'retryAfterMaxMs'>;

/**
 * Milliseconds before retry number `retries` (from 1): doubles up to the cap. The second half is random, so
 * that orgs that failed together do not retry together.
 */
export function backoffMs(retries: number, limits: RetryLimits, dice: Dice): number {
  const full = Math.min(limits.retryCapMs, limits.retryBaseMs * 2 ** Math.min(retries - 1, 30));
  return full / 2 + (full / 2) * dice.random();
}

/**
 * The delay of a `Retry-After` header in milliseconds, from seconds or a date (RFC 9110, 10.2.3), at most
 * `retryAfterMaxMs`; undefined without a valid header.
 */
export function parseRetryAfterMs(
  header: string | undefined,
  nowMs: number,
  limits: RetryLimits,
): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const delayMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (Number.isNaN(delayMs)) return undefined;
  return Math.min(Math.max(delayMs, 0), limits.retryAfterMaxMs);
}

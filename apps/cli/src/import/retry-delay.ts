// How long to wait before a batch is sent again. Pure: the clock and the dice are the caller's.

import type { ImportLimits } from './import-limits.ts';

export interface Dice {
  /** From 0 up to but not including 1. */
  random(): number;
}

type RetryLimits = Pick<ImportLimits, 'retryBaseMs' | 'retryCapMs' | 'retryAfterMaxMs'>;

/**
 * Milliseconds before retry number `retries` (from 1): doubling up to the cap, the second half of it by
 * chance, so that the orgs that failed together do not come back together.
 */
export function backoffMs(retries: number, limits: RetryLimits, dice: Dice): number {
  const full = Math.min(limits.retryCapMs, limits.retryBaseMs * 2 ** Math.min(retries - 1, 30));
  return full / 2 + (full / 2) * dice.random();
}

/**
 * Milliseconds that a `Retry-After` header asks for, as seconds or as a date (RFC 9110, 10.2.3), at most
 * `retryAfterMaxMs`; undefined when there is none or it cannot be read.
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

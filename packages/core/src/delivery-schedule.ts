// The retry schedule of deliveries, about 75 hours long, as documented for clients. Pure; the jitter is a parameter.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The wait before each attempt, counted from the end of the one before it. */
const DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** The largest jitter, as a share of the wait: deliveries that failed together are not retried together. */
const JITTER_SHARE = 0.1;

/** Attempts of one delivery, the first one included. */
export const DELIVERY_ATTEMPTS_MAX = DELAYS_MS.length;
/** The longest wait that a receiver can request with `Retry-After`. */
export const RETRY_AFTER_MAX_MS = 24 * HOUR_MS;
/** An endpoint that has only failed for this long is disabled. */
export const DISABLE_AFTER_FAILING_MS = 5 * 24 * HOUR_MS;

/**
 * How long to wait after that many attempts, in whole milliseconds; `undefined` when the schedule is exhausted.
 * `jitter` of 0 to 1 moves the wait from 10 % early to 10 % late. `retryAfterMs` only ever lengthens it, up to
 * {@link RETRY_AFTER_MAX_MS}, and adds no attempt; a negative value or NaN is ignored.
 */
export function nextAttemptDelayMs({
  attempt,
  jitter,
  retryAfterMs = 0,
}: {
  attempt: number;
  jitter: number;
  retryAfterMs?: number | undefined;
}): number | undefined {
  const delayMs = DELAYS_MS[attempt];
  if (delayMs === undefined) return undefined;
  const scheduledMs = Math.round(delayMs * (1 - JITTER_SHARE + 2 * JITTER_SHARE * jitter));
  const wantedMs = retryAfterMs > 0 ? Math.min(Math.ceil(retryAfterMs), RETRY_AFTER_MAX_MS) : 0;
  return Math.max(scheduledMs, wantedMs);
}

// Limits of the in-memory key data. Each one bounds the work or memory that unauthenticated clients can
// cause.

/**
 * Keys that a process keeps in memory, about 900 bytes each. At least half of this number, the most recently
 * used, are always kept.
 */
export const KEYS_KNOWN_MAX = 20_000;
/** Ids known not to exist, so that a client with a wrong key does not cause a look-up each time. */
export const KEYS_ABSENT_MAX = 10_000;
/** Maximum age of the last poll for a cached "there is no such key" to be trusted. */
export const ABSENT_TRUSTED_MS = 2_000;
/** Pause between two polls for changes. */
export const CHANGES_POLL_MS = 500;
/** Timeout of a poll. Two polls and the pause between them take less than 2 s, which bounds a revocation. */
export const CHANGES_STATEMENT_MAX_MS = 700;
/**
 * Minimum time between the starts of two look-ups, each of up to 500 ids. A flood of random keys costs
 * PostgreSQL at most 100 statements a second from each process, and never two at once.
 */
export const LOOKUPS_GAP_MS = 10;
/** Maximum number of ids that wait to be looked up. Further ones get the 503 problem. */
export const LOOKUPS_WAITING_MAX = 5_000;
/**
 * Timeout of any other statement about keys: requests that wait for it must be answered within two seconds.
 */
export const KEYS_STATEMENT_MAX_MS = 1_000;
/** How often the times of last use are written. */
const USES_FLUSH_MS = 60_000;
/** Uses that wait to be written; beyond this number the least recently used keys are dropped. */
export const USES_MAX = 20_000;

/** Times that a test shortens or triggers itself. */
export interface KeyTimes {
  readonly pollMs: number;
  readonly usesFlushMs: number;
  /** Milliseconds since 1970: expiry is judged by the calendar. */
  readonly now: () => number;
  /** Milliseconds of a monotonic clock: the age of what is known. */
  readonly monotonicNow: () => number;
}

export const KEY_TIMES: KeyTimes = {
  pollMs: CHANGES_POLL_MS,
  usesFlushMs: USES_FLUSH_MS,
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
};

// How far a process goes to know keys. Every bound is one on what strangers can make it do.

/** Keys that a process keeps in memory; of those used last, half as many for sure. Some 900 bytes each. */
export const KEYS_KNOWN_MAX = 20_000;
/** Ids that are known to be nobody's, so that a client with a wrong key costs no look-up each time. */
export const KEYS_ABSENT_MAX = 10_000;
/** How long ago changes may have been heard of for "there is no such key" to be believed from memory. */
export const ABSENT_TRUSTED_MS = 2_000;
/** How long to rest before changes are asked for again. */
export const CHANGES_POLL_MS = 500;
/** How long asking for them may take. With two of them and the rest between, a revocation takes less than 2 s. */
export const CHANGES_STATEMENT_MAX_MS = 700;
/**
 * Between the beginnings of two look-ups, each of up to 500 ids. So a flood of random keys costs PostgreSQL at most
 * 100 statements a second from each process, and never two at once.
 */
export const LOOKUPS_GAP_MS = 10;
/** Ids that wait to be looked up. Who comes when there are as many is told to come again. */
export const LOOKUPS_WAITING_MAX = 5_000;
/** How long any other statement about keys may take: whoever waits for it has to be answered within two seconds. */
export const KEYS_STATEMENT_MAX_MS = 1_000;
/** How often the last uses are written down. */
export const USES_FLUSH_MS = 60_000;
/** Uses that wait to be written down; of more keys than that, the ones used longest ago are forgotten. */
export const USES_MAX = 20_000;

/** Times that a test shortens, or waits for by calling. */
export interface KeyTimes {
  readonly pollMs: number;
  readonly usesFlushMs: number;
  /** Milliseconds since 1970: whether a key has expired is a matter of the calendar. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back: how old what is known is. */
  readonly monotonicNow: () => number;
}

export const KEY_TIMES: KeyTimes = {
  pollMs: CHANGES_POLL_MS,
  usesFlushMs: USES_FLUSH_MS,
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
};

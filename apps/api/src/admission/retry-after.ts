// When a refused client should come back. Nobody knows when an overload ends; but one that has lasted for a while has
// turned away so many that they must not all return in the same second, and it will hardly be over in the next.

/** Longest time over which returning clients are spread. */
export const RETRY_SPREAD_S_MAX = 30;

/**
 * Whole seconds: 1 at first, then anything up to the time that the overload has lasted so far.
 * `chance` is a random number from 0 to below 1.
 */
export function retryAfterS({ lastedMs, chance }: { lastedMs: number; chance: number }): number {
  const spread = Math.min(RETRY_SPREAD_S_MAX, Math.max(1, Math.floor(lastedMs / 1_000)));
  return 1 + Math.floor(chance * spread);
}

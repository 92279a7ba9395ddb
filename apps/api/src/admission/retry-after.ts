// When a refused client should retry. The end of an overload cannot be predicted. A long one has refused many
// clients, which must not all return in the same second, and it is unlikely to end within the next one.

/** Longest time over which returning clients are spread. */
export const RETRY_SPREAD_S_MAX = 30;

/**
 * Whole seconds: 1 at first, then a random value up to the time that the overload has lasted. `chance` is a
 * random number from 0 to below 1.
 */
export function retryAfterS({ lastedMs, chance }: { lastedMs: number; chance: number }): number {
  const spread = Math.min(RETRY_SPREAD_S_MAX, Math.max(1, Math.floor(lastedMs / 1_000)));
  return 1 + Math.floor(chance * spread);
}

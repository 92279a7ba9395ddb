/** Turns what the scripts say of an item into its state. The one place that knows the shape of `describe()`. */
import type { ItemState } from './item-state.ts';

/** See `describe` in lua/item-record.ts. */
export type RawItem =
  | readonly [0]
  | readonly [1, orgId: string, payload: string, fingerprint: string, place: number, pace: string]
  | readonly [2, orgId: string, fingerprint: string, result: string];

/**
 * Payloads and results come back as what JSON made of them: `T` and `R` are the caller's word for what it
 * put in, not something that is checked here.
 */
export function decodeItem<T, R>(raw: RawItem): ItemState<T, R> | undefined {
  switch (raw[0]) {
    case 0:
      return undefined;
    case 1: {
      const [, orgId, payload, fingerprint, place, pace] = raw;
      return {
        state: 'waiting',
        orgId,
        payload: JSON.parse(payload) as T,
        ...(fingerprint === '' ? {} : { fingerprint }),
        ...decodePlace(place, pace),
      };
    }
    case 2:
      return { state: 'settled', orgId: raw[1], result: JSON.parse(raw[3]) as R };
  }
}

export function decodePlace(place: number, pace: string): { place: number; etaMs?: number } {
  return pace === '' ? { place } : { place, etaMs: Math.ceil(place * Number(pace)) };
}

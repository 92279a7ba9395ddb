/** Decodes an item as the scripts return it. The only place that depends on the shape of `describe()`. */
import { ELSEWHERE, type Elsewhere, type ItemState, type WaitingItem } from './item-state.ts';

/** See `describe` in lua/includes/item-record.lua. */
export type RawItem =
  readonly [0] | RawWaitingItem | readonly [2, orgId: string, fingerprint: string, result: string];

export type RawWaitingItem = readonly [
  1,
  orgId: string,
  payload: string,
  fingerprint: string,
  place: number,
  pace: string,
  summary: string,
];

/**
 * Payloads and results are returned as parsed JSON: `T` and `R` are the caller's assertion and are not
 * validated here.
 */
export function decodeItem<T, R>(raw: RawItem): ItemState<T, R> | undefined {
  switch (raw[0]) {
    case 0:
      return undefined;
    case 1:
      return decodeWaiting(raw);
    case 2:
      return { state: 'settled', orgId: raw[1], result: decodeResult(raw[3]) as R | Elsewhere };
  }
}

export function decodeWaiting<T>(raw: RawWaitingItem): WaitingItem<T> {
  const [, orgId, payload, fingerprint, place, pace, summary] = raw;
  return {
    state: 'waiting',
    orgId,
    ...(payload === '' ? {} : { payload: JSON.parse(payload) as T }),
    ...(summary === '' ? {} : { summary: JSON.parse(summary) as unknown }),
    ...(fingerprint === '' ? {} : { fingerprint }),
    ...decodePlace(place, pace),
  };
}

/** `ELSEWHERE`, or the parsed result. */
export function decodeResult(text: string): unknown {
  return text === '' ? ELSEWHERE : (JSON.parse(text) as unknown);
}

export function decodePlace(place: number, pace: string): { place: number; etaMs?: number } {
  return pace === '' ? { place } : { place, etaMs: Math.ceil(place * Number(pace)) };
}

/**
 * The state of one item, and how it is read from the reply of a script. An item waits in its org's mailbox
 * until it is completed with a result. The completed state is kept for `completedTtlMs` and then deleted, so
 * older results must come from a database.
 */

/** Waiting, or completed with a result. */
export type ItemState<T, R> = WaitingItem<T> | CompletedItem<R>;

export interface WaitingItem<T> {
  readonly state: 'waiting';
  readonly orgId: string;
  /**
   * Absent when it is larger than `PAYLOAD_ENTRY_BYTES_MAX`; then `summary` is present if the producer made
   * one.
   */
  readonly payload?: T;
  /** The result of `OrgQueueOptions.summarize` for the payload. */
  readonly summary?: unknown;
  readonly fingerprint?: string;
  /** Position in the mailbox; 1 for the item at the head. */
  readonly place: number;
  /** Estimate from the org's measured pace; absent while no pace is known, and while the org is paused. */
  readonly etaMs?: number;
}

export interface CompletedItem<R> {
  readonly state: 'completed';
  readonly orgId: string;
  readonly result: R | Elsewhere;
}

/** Replaces a result that is too large to be kept here: see `WorkerKnobs.resultBytesMax`. */
export const ELSEWHERE: unique symbol = Symbol('elsewhere');
export type Elsewhere = typeof ELSEWHERE;

/** One item of a list, with its id. */
export type ListedItem<T> = WaitingItem<T> & { readonly id: string };

export interface WaitingPage<T> {
  readonly items: readonly ListedItem<T>[];
  /** Present when older items follow. */
  readonly next?: string;
}

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
      return { state: 'completed', orgId: raw[1], result: decodeResult(raw[3]) as R | Elsewhere };
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

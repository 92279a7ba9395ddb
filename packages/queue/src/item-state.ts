/**
 * What the queue knows of one item. An item waits in its org's mailbox until it is settled with a result;
 * the settled state is kept for `settledTtlMs` and then forgotten, so older answers belong in a database.
 */
export type ItemState<T, R> = WaitingItem<T> | SettledItem<R>;

export interface WaitingItem<T> {
  readonly state: 'waiting';
  readonly orgId: string;
  /** Absent when it is larger than `PAYLOAD_INLINE_BYTES_MAX`: then there is `summary`, if any was made. */
  readonly payload?: T;
  /** What `OrgQueueOptions.summarize` made of the payload. */
  readonly summary?: unknown;
  readonly fingerprint?: string;
  /** 1 for the item at the head of the line. */
  readonly place: number;
  /** Estimate from the org's measured pace; absent while no pace is known, and while the org is paused. */
  readonly etaMs?: number;
}

export interface SettledItem<R> {
  readonly state: 'settled';
  readonly orgId: string;
  readonly result: R | Elsewhere;
}

/** In the place of a result that is too large to be kept here, see `WorkerKnobs.resultBytesMax`. */
export const ELSEWHERE: unique symbol = Symbol('elsewhere');
export type Elsewhere = typeof ELSEWHERE;

/** One item of a list, which does not know its id from being asked for it. */
export type ListedItem<T> = WaitingItem<T> & { readonly id: string };

export interface WaitingPage<T> {
  readonly items: readonly ListedItem<T>[];
  /** There when older items follow. */
  readonly next?: string;
}

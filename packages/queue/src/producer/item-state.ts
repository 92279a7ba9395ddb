/**
 * The state of one item. An item waits in its org's mailbox until it is settled with a result. The settled
 * state is kept for `settledTtlMs` and then deleted, so older results must come from a database.
 */
export type ItemState<T, R> = WaitingItem<T> | SettledItem<R>;

export interface WaitingItem<T> {
  readonly state: 'waiting';
  readonly orgId: string;
  /**
   * Absent when it is larger than `PAYLOAD_INLINE_BYTES_MAX`; then `summary` is present if the producer made
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

export interface SettledItem<R> {
  readonly state: 'settled';
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

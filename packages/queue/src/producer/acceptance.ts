/**
 * Input and result of `accept`. A unit is accepted or refused as a whole; a replayed or mismatched item
 * enqueues nothing and does not count against the limits.
 */
import type { ItemState } from './item-state.ts';

/** One item to decide. Ids are global over all orgs: the same id under another org is a mismatch. */
export interface NewItem<T> {
  /** 1 to 200 characters. */
  readonly id: string;
  /** 1 to 200 characters. */
  readonly orgId: string;
  /** Anything JSON can carry. */
  readonly payload: T;
  /** Distinguishes a retry (same id, same fingerprint) from a different item with the same id. */
  readonly fingerprint?: string;
}

export type Acceptance<T, R> = Accepted<T, R> | Full;

export interface Accepted<T, R> {
  readonly kind: 'accepted';
  /** One entry per item, in the order of the unit. */
  readonly items: readonly AcceptedItem<T, R>[];
}

export type AcceptedItem<T, R> =
  | { readonly kind: 'queued'; readonly place: number; readonly etaMs?: number }
  | { readonly kind: 'replayed'; readonly state: ItemState<T, R> }
  | { readonly kind: 'mismatch' };

/** Nothing of the unit was enqueued: `orgId`'s mailbox has no room for its part of it. */
export interface Full {
  readonly kind: 'full';
  /** The limit that was reached. */
  readonly by: 'items' | 'bytes';
  readonly orgId: string;
  /** Items waiting in the mailbox. */
  readonly depth: number;
  /** Bytes of the waiting payloads; only when `by` is `bytes`. */
  readonly bytes?: number;
  /** `mailboxMax` or `mailboxBytesMax`: what the org may have waiting. */
  readonly limit: number;
  /**
   * Time until there is room for the org's part of the unit, in whole steps of `retryAfterStepMs`. At least
   * 95 % of the tries made after exactly this wait find room, if refused clients obey, workers serve the org
   * about as fast as in the last minute, and at most `RETRY_AFTER_MAX_MS` of its work is promised. A paused
   * org returns one minute.
   *
   * Room is not reserved, because clients that waited cannot be distinguished from new ones. Promises leave
   * three quarters of the drain to new clients and are delayed further while that is not enough. If new
   * clients exceed the drain rate, the share is lower for the first of them.
   *
   * A part of more items than `limit` never fits. Room for bytes is estimated by the mean size of the waiting
   * items; a part of more bytes than `limit` fits into an empty mailbox.
   */
  readonly retryAfterMs: number;
  /** Measured ms per item, for a single caller that spaces its own tries; absent while unknown. */
  readonly paceMs?: number;
}

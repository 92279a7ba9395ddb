/**
 * What goes in to `accept` and what comes out. A unit is accepted as a whole or refused as a whole;
 * a replayed or mismatched item enqueues nothing and never makes a unit too big.
 */
import type { ItemState } from './item-state.ts';

/** One thing to be decided. Ids are global over all orgs: the same id under another org is a mismatch. */
export interface NewItem<T> {
  /** 1 to 200 characters. */
  readonly id: string;
  /** 1 to 200 characters. */
  readonly orgId: string;
  /** Anything JSON can carry. */
  readonly payload: T;
  /** Tells a retry (same id, same fingerprint) from a second meaning of the same id. */
  readonly fingerprint?: string;
}

export type Acceptance<T, R> = Accepted<T, R> | Full;

export interface Accepted<T, R> {
  readonly kind: 'accepted';
  /** One entry an item, in the order of the unit. */
  readonly items: readonly AcceptedItem<T, R>[];
}

export type AcceptedItem<T, R> =
  | { readonly kind: 'queued'; readonly place: number; readonly etaMs?: number }
  | { readonly kind: 'replayed'; readonly state: ItemState<T, R> }
  | { readonly kind: 'mismatch' };

/** Nothing of the unit was enqueued: `orgId`'s mailbox has no room for its part of it. */
export interface Full {
  readonly kind: 'full';
  /** Which limit it is. */
  readonly by: 'items' | 'bytes';
  readonly orgId: string;
  /** Items that wait. */
  readonly depth: number;
  /** Bytes of payloads that wait; only of `bytes`. */
  readonly bytes?: number;
  /** `mailboxMax` or `mailboxBytesMax`: what the org may have waiting. */
  readonly limit: number;
  /**
   * Whole steps of `retryAfterStepMs` after which there is room for the org's part of the unit. Of the tries made
   * after waiting exactly so long at least 95 % find it, as long as those who were refused wait as they were told,
   * somebody serves the org about as fast as in the last minute, and no more than `RETRY_AFTER_MAX_MS` of its work is
   * promised. New clients take part of the room: it is kept for nobody, because nothing tells who has waited, so
   * promises leave three quarters of the drain to them and are put off further while that is not enough. During a rush of
   * new clients over the drain rate the share is lower for the first of them. A paused org says a minute.
   * A part of more items than `limit` never fits. Room for bytes is estimated by the size of the items that wait; a part of more
   * bytes than `limit` fits into an empty mailbox.
   */
  readonly retryAfterMs: number;
  /** Measured ms an item, for a caller that is the only one and spreads its tries by itself; absent while unknown. */
  readonly paceMs?: number;
}

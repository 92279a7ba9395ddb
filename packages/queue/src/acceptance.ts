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
  readonly orgId: string;
  readonly depth: number;
  /** `mailboxMax`: what the org may have waiting. */
  readonly limit: number;
  /** When the org's measured pace will have made room; an estimate. */
  readonly retryAfterMs: number;
}

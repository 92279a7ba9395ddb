/**
 * Input and result of `accept`: their checks, and how the result is read from the replies of accept.lua. A
 * unit is accepted or refused as a whole; a replayed or mismatched item enqueues nothing and does not count
 * against the limits.
 */
import { ID_CHARS_MAX, UNIT_ITEMS_MAX } from '../limits.ts';
import { decodeItem, decodePlace, type ItemState, type RawItem } from './item-state.ts';

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

/** Throws a `RangeError` or `TypeError` before anything is sent. */
export function assertUnit(items: readonly NewItem<unknown>[]): void {
  if (items.length < 1 || items.length > UNIT_ITEMS_MAX) {
    throw new RangeError(`a unit must have 1 to ${UNIT_ITEMS_MAX} items, not ${items.length}`);
  }
  for (const { id, orgId, payload } of items) {
    assertId('id', id);
    assertId('orgId', orgId);
    if (payload === undefined) throw new TypeError(`item ${id} has no payload`);
  }
}

export function assertId(what: string, id: string): void {
  if (id.length < 1 || id.length > ID_CHARS_MAX) {
    throw new RangeError(`${what} must have 1 to ${ID_CHARS_MAX} characters, not ${id.length}`);
  }
  // A lone surrogate is encoded as U+FFFD, so two different ids would become one key in Redis.
  if (!id.isWellFormed()) throw new RangeError(`${what} must not contain a lone surrogate`);
}

/** See the header of lua/accept.lua. */
export type RawUnit =
  | readonly [1, ...RawAcceptedItem[]]
  | readonly [2, orgId: string, depth: number, waitMs: number, pace: string, bytes: number];
type RawAcceptedItem =
  readonly [3, place: number, pace: string] | readonly [4] | Exclude<RawItem, readonly [0]>;

export interface DecodedUnit {
  /**
   * One per shard, in the order of the replies: its items' positions in the unit; absent when it is the whole
   * unit.
   */
  readonly parts: readonly { readonly positions?: readonly number[] }[];
  readonly mailboxMax: number;
  readonly mailboxBytesMax: number;
}

export function decodeAcceptance<T, R>(raws: readonly RawUnit[], unit: DecodedUnit): Acceptance<T, R> {
  const accepted: AcceptedItem<T, R>[] = [];
  for (const [at, raw] of raws.entries()) {
    if (raw[0] === 2) return decodeFull(raw, unit);
    const [, ...rawItems] = raw;
    const positions = unit.parts[at]?.positions;
    rawItems.forEach((rawItem, index) => {
      accepted[positions?.[index] ?? index] = decodeAccepted(rawItem);
    });
  }
  return { kind: 'accepted', items: accepted };
}

function decodeAccepted<T, R>(raw: RawAcceptedItem): AcceptedItem<T, R> {
  if (raw[0] === 3) return { kind: 'queued', ...decodePlace(raw[1], raw[2]) };
  if (raw[0] === 4) return { kind: 'mismatch' };
  const state = decodeItem<T, R>(raw);
  if (!state) throw new Error('a replayed item must have a state');
  return { kind: 'replayed', state };
}

function decodeFull(
  [, orgId, depth, retryAfterMs, pace, bytes]: Extract<RawUnit, readonly [2, ...unknown[]]>,
  { mailboxMax, mailboxBytesMax }: DecodedUnit,
): Full {
  const measured = pace === '' ? {} : { paceMs: Number(pace) };
  const full = { kind: 'full', orgId, depth, retryAfterMs, ...measured } as const;
  return bytes < 0
    ? { ...full, by: 'items', limit: mailboxMax }
    : { ...full, by: 'bytes', bytes, limit: mailboxBytesMax };
}

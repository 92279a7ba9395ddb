/** Decodes the accept script's replies for a unit's parts into one acceptance, in the order of the unit. */
import type { Acceptance, AcceptedItem, Full } from './acceptance.ts';
import { decodeItem, decodePlace, type RawItem } from './decode-item.ts';

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

/**
 * Accepts units: checks them, cuts them by shard, and sends all units of one tick in one call a shard.
 * Guarantees all-or-nothing for a unit of one shard. A unit over several shards is checked on all of them
 * before anything is written, so only units racing with it can push a mailbox past its limit, by themselves.
 */
import type { Acceptance, AcceptedItem, NewItem } from './acceptance.ts';
import { assertUnit } from './assert-unit.ts';
import type { RedisClient } from './connect.ts';
import { decodeItem, decodePlace, type RawItem } from './decode-item.ts';
import { gatherByTick } from './gather-by-tick.ts';
import {
  ACCEPT_CALL_CHARS_MAX,
  ACCEPT_CALL_ITEMS_MAX,
  RETRY_AFTER_MAX_MS,
  RETRY_AFTER_MIN_MS,
  RETRY_AFTER_UNKNOWN_MS,
} from './limits.ts';
import { ACCEPT_LUA } from './lua/accept.ts';
import { defineScript, runScript } from './script.ts';
import { type Shard, shardIndexOf } from './shards.ts';

type Mode = 'accept' | 'check' | 'force';
type RawAcceptedItem =
  readonly [3, place: number, pace: string] | readonly [4] | Exclude<RawItem, readonly [0]>;
type RawUnit = readonly [1, ...RawAcceptedItem[]] | readonly [2, orgId: string, depth: number, pace: string];

/** The part of one unit that goes to one shard. */
interface Ask {
  readonly mode: Mode;
  readonly args: readonly string[];
  readonly chars: number;
}

/** The items of one shard and where they stood in the unit. */
interface Part {
  readonly shard: Shard;
  readonly args: string[];
  readonly positions: number[];
}

export interface AcceptDependencies {
  readonly client: RedisClient;
  readonly shards: readonly Shard[];
  readonly mailboxMax: number;
  /** Runs after the write and before the promise: the place to wait for replicas. */
  confirm(): Promise<void>;
  /** Gets the orgs whose mailbox turned from empty to not empty. Must not throw. */
  wake(shard: Shard, orgIds: readonly string[]): void;
}

const ACCEPT = defineScript(ACCEPT_LUA);

export function createAcceptor<T, R>(
  dependencies: AcceptDependencies,
): (items: readonly NewItem<T>[]) => Promise<Acceptance<T, R>> {
  const gatherers = dependencies.shards.map((shard) =>
    gatherByTick<Ask, RawUnit>({
      call: (asks) => callAccept(dependencies, shard, asks),
      weigh: ({ args, chars }) => ({ items: args.length / 4, chars }),
      itemsMax: ACCEPT_CALL_ITEMS_MAX,
      charsMax: ACCEPT_CALL_CHARS_MAX,
    }),
  );
  const send = (mode: Mode) => (part: Part) => {
    const gather = gatherers[part.shard.index];
    if (!gather) throw new RangeError(`no shard ${part.shard.index}`);
    return gather({ mode, args: part.args, chars: countChars(part.args) });
  };
  return async (items) => {
    assertUnit(items);
    const parts = cutByShard(items, dependencies.shards);
    const isOneShard = parts.length === 1;
    if (!isOneShard) {
      const checks = await Promise.all(parts.map(send('check')));
      const full = checks.find((raw) => raw[0] === 2);
      if (full) return decodeUnits(items, parts, [full]);
    }
    return decodeUnits(items, parts, await Promise.all(parts.map(send(isOneShard ? 'accept' : 'force'))));
  };
}

async function callAccept(
  { client, mailboxMax, confirm, wake }: AcceptDependencies,
  shard: Shard,
  asks: readonly Ask[],
): Promise<readonly RawUnit[]> {
  const args: (string | number)[] = [shard.tag, mailboxMax];
  for (const ask of asks) args.push(ask.mode, ask.args.length / 4, ...ask.args);
  const reply = await runScript(client, ACCEPT, { keys: [shard.busy, shard.seq], args });
  const [woken, ...units] = reply as [string[], ...RawUnit[]];
  // Before the confirmation: the items are in their mailboxes whether or not the replicas answer.
  if (woken.length > 0) wake(shard, woken);
  await confirm();
  return units;
}

function cutByShard<T>(items: readonly NewItem<T>[], shards: readonly Shard[]): readonly Part[] {
  const parts = new Map<number, Part>();
  items.forEach(({ id, orgId, payload, fingerprint = '' }, position) => {
    const index = shardIndexOf(orgId, shards.length);
    const shard = shards[index];
    if (!shard) throw new RangeError(`no shard ${index}`);
    const part = parts.get(index) ?? { shard, args: [], positions: [] };
    parts.set(index, part);
    part.args.push(id, orgId, JSON.stringify(payload), fingerprint);
    part.positions.push(position);
  });
  return [...parts.values()];
}

function decodeUnits<T, R>(
  items: readonly NewItem<T>[],
  parts: readonly Part[],
  raws: readonly RawUnit[],
): Acceptance<T, R> {
  const accepted: AcceptedItem<T, R>[] = [];
  for (const [at, raw] of raws.entries()) {
    if (raw[0] === 2) return decodeFull(items, raw);
    const [, ...rawItems] = raw;
    rawItems.forEach((rawItem, index) => {
      const position = parts[at]?.positions[index];
      if (position !== undefined) accepted[position] = decodeAccepted(rawItem);
    });
  }
  return { kind: 'accepted', items: accepted };
}

function decodeAccepted<T, R>(raw: RawAcceptedItem): AcceptedItem<T, R> {
  if (raw[0] === 3) return { kind: 'queued', ...decodePlace(raw[1], raw[2]) };
  if (raw[0] === 4) return { kind: 'mismatch' };
  const state = decodeItem<T, R>(raw);
  if (!state) throw new Error('a replayed item has a state');
  return { kind: 'replayed', state };
}

function decodeFull<T, R>(
  items: readonly NewItem<T>[],
  [, orgId, depth, pace]: Extract<RawUnit, readonly [2, ...unknown[]]>,
): Acceptance<T, R> {
  const wanted = items.filter((item) => item.orgId === orgId).length;
  // Room for the whole part comes when as many items have left; this is when that many will have.
  const estimateMs = pace === '' ? RETRY_AFTER_UNKNOWN_MS : wanted * Number(pace);
  const retryAfterMs = Math.ceil(Math.min(Math.max(estimateMs, RETRY_AFTER_MIN_MS), RETRY_AFTER_MAX_MS));
  return { kind: 'full', orgId, depth, retryAfterMs };
}

function countChars(args: readonly string[]): number {
  return args.reduce((sum, arg) => sum + arg.length, 0);
}

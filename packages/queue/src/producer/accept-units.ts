/**
 * Accepts units: checks them, splits them by shard, and sends all units of one tick in one call per shard.
 * A unit of one shard is accepted whole or not at all. A unit over several shards is checked on all of them
 * before anything is written, so a mailbox can exceed its limit only by what concurrent units add.
 */
import { ACCEPT_CALL_BYTES_MAX, ACCEPT_CALL_ITEMS_MAX, PAYLOAD_ENTRY_BYTES_MAX } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';
import { gatherByTick } from '../redis/gather-by-tick.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import { type Shard, shardIndexOf } from '../redis/shards.ts';
import { type Acceptance, assertUnit, decodeAcceptance, type NewItem, type RawUnit } from './acceptance.ts';

type Mode = 'accept' | 'check' | 'force';

/** The part of one unit that goes to one shard. */
interface Ask {
  readonly mode: Mode;
  readonly args: readonly string[];
  readonly items: number;
  readonly bytes: number;
}

/** The items of one shard and their positions in the unit. */
interface Part<T> {
  readonly shard: Shard;
  readonly items: readonly NewItem<T>[];
  /** Absent when the part is the whole unit. */
  readonly positions?: readonly number[];
}

export interface AcceptDependencies {
  readonly client: RedisClient;
  readonly shards: readonly Shard[];
  readonly mailboxMax: number;
  readonly mailboxBytesMax: number;
  readonly retryAfterStepMs: number;
  /** See `OrgQueueOptions.summarize`. */
  readonly summarize: (payload: never) => unknown;
  /** Runs after the write and before `accept` resolves; waits for replicas. */
  confirm(): Promise<void>;
  /** Receives the partitions that an org entered and that no worker holds. Must not throw. */
  wake(shard: Shard, partitions: readonly number[]): void;
}

const ACCEPT = loadScript('accept');

export function createAcceptor<T, R>(
  dependencies: AcceptDependencies,
): (items: readonly NewItem<T>[]) => Promise<Acceptance<T, R>> {
  const gatherers = dependencies.shards.map((shard) =>
    gatherByTick<Ask, RawUnit>({
      call: (asks) => callAccept(dependencies, shard, asks),
      weigh: (ask) => ask,
      itemsMax: ACCEPT_CALL_ITEMS_MAX,
      bytesMax: ACCEPT_CALL_BYTES_MAX,
    }),
  );
  const send = (mode: Mode, { shard, items }: Part<T>): Promise<RawUnit> => {
    const gather = gatherers[shard.index];
    if (!gather) throw new RangeError(`no shard ${shard.index}`);
    const args = argumentsOf(items, dependencies.summarize as (payload: T) => unknown);
    return gather({ mode, args, items: items.length, bytes: countBytes(args) });
  };
  return async (items) => {
    assertUnit(items);
    const parts = cutByShard(items, dependencies.shards);
    const [first, ...others] = parts;
    const decode = (raws: readonly RawUnit[]): Acceptance<T, R> =>
      decodeAcceptance(raws, { parts, ...dependencies });
    if (first && others.length === 0) return decode([await send('accept', first)]);
    const checks = await Promise.all(parts.map((part) => send('check', part)));
    const full = checks.find((raw) => raw[0] === 2);
    return decode(full ? [full] : await Promise.all(parts.map((part) => send('force', part))));
  };
}

async function callAccept(
  { client, mailboxMax, mailboxBytesMax, retryAfterStepMs, confirm, wake }: AcceptDependencies,
  shard: Shard,
  asks: readonly Ask[],
): Promise<readonly RawUnit[]> {
  const args: (string | number)[] = [shard.tag, mailboxMax, mailboxBytesMax, retryAfterStepMs];
  for (const ask of asks) args.push(ask.mode, ask.items, ...ask.args);
  const reply = await runScript(client, ACCEPT, { keys: [shard.busy, shard.seq, shard.paused], args });
  const [woken, ...units] = reply as [number[], ...RawUnit[]];
  // Before the confirmation: the items are in their mailboxes whether or not the replicas answer.
  if (woken.length > 0) wake(shard, woken);
  await confirm();
  return units;
}

function cutByShard<T>(items: readonly NewItem<T>[], shards: readonly Shard[]): readonly Part<T>[] {
  const indexes = items.map(({ orgId }) => shardIndexOf(orgId, shards.length));
  const isOneShard = indexes.every((index) => index === indexes[0]);
  const used = isOneShard ? indexes.slice(0, 1) : [...new Set(indexes)];
  return used.map((used) => {
    const shard = shards[used];
    if (!shard) throw new RangeError(`no shard ${used}`);
    if (isOneShard) return { shard, items };
    const positions = [...indexes.keys()].filter((at) => indexes[at] === used);
    return { shard, items: items.filter((_, at) => indexes[at] === used), positions };
  });
}

function argumentsOf<T>(items: readonly NewItem<T>[], summarize: (payload: T) => unknown): readonly string[] {
  const args: string[] = [];
  for (const { id, orgId, payload, fingerprint = '' } of items) {
    const text = JSON.stringify(payload);
    args.push(id, orgId, text, fingerprint, isLarge(text) ? toText(summarize(payload)) : '');
  }
  return args;
}

/** A UTF-16 code unit has at most three bytes in UTF-8, so most payloads need no byte count. */
function isLarge(text: string): boolean {
  return 3 * text.length > PAYLOAD_ENTRY_BYTES_MAX && Buffer.byteLength(text) > PAYLOAD_ENTRY_BYTES_MAX;
}

function toText(summary: unknown): string {
  return summary === undefined ? '' : JSON.stringify(summary);
}

function countBytes(args: readonly string[]): number {
  return args.reduce((sum, arg) => sum + Buffer.byteLength(arg), 0);
}

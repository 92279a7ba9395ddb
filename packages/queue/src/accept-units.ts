/**
 * Accepts units: checks them, cuts them by shard, and sends all units of one tick in one call a shard.
 * Guarantees all-or-nothing for a unit of one shard. A unit over several shards is checked on all of them
 * before anything is written, so only units racing with it can push a mailbox past its limit, by themselves.
 */
import type { Acceptance, NewItem } from './acceptance.ts';
import { assertUnit } from './assert-unit.ts';
import type { RedisClient } from './connect.ts';
import { decodeAcceptance, type RawUnit } from './decode-acceptance.ts';
import { gatherByTick } from './gather-by-tick.ts';
import { ACCEPT_CALL_CHARS_MAX, ACCEPT_CALL_ITEMS_MAX } from './limits.ts';
import { ACCEPT_LUA } from './lua/accept.ts';
import { defineScript, runScript } from './script.ts';
import { type Shard, shardIndexOf } from './shards.ts';

type Mode = 'accept' | 'check' | 'force';

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
  readonly retryAfterStepMs: number;
  /** Runs after the write and before the promise: the place to wait for replicas. */
  confirm(): Promise<void>;
  /** Gets the lines that got an org and that no worker holds. Must not throw. */
  wake(shard: Shard, lines: readonly number[]): void;
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
    const decode = (raws: readonly RawUnit[]): Acceptance<T, R> =>
      decodeAcceptance(raws, { parts, limit: dependencies.mailboxMax });
    const isOneShard = parts.length === 1;
    if (!isOneShard) {
      const checks = await Promise.all(parts.map(send('check')));
      const full = checks.find((raw) => raw[0] === 2);
      if (full) return decode([full]);
    }
    return decode(await Promise.all(parts.map(send(isOneShard ? 'accept' : 'force'))));
  };
}

async function callAccept(
  { client, mailboxMax, retryAfterStepMs, confirm, wake }: AcceptDependencies,
  shard: Shard,
  asks: readonly Ask[],
): Promise<readonly RawUnit[]> {
  const args: (string | number)[] = [shard.tag, mailboxMax, retryAfterStepMs];
  for (const ask of asks) args.push(ask.mode, ask.args.length / 4, ...ask.args);
  const reply = await runScript(client, ACCEPT, { keys: [shard.busy, shard.seq, shard.paused], args });
  const [woken, ...units] = reply as [number[], ...RawUnit[]];
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

function countChars(args: readonly string[]): number {
  return args.reduce((sum, arg) => sum + arg.length, 0);
}

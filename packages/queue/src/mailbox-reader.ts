/**
 * The worker's side of a mailbox: reads from its head and settles what was decided. Reading takes nothing
 * away, so whatever happens between the two, the entries are still there for the next turn.
 */
import type { RedisClient } from './connect.ts';
import { PACE_TTL_MS } from './limits.ts';
import { SETTLE_LUA } from './lua/settle.ts';
import { TAKE_LUA } from './lua/take.ts';
import { defineScript, runScript } from './script.ts';
import { mailboxKey, paceKey, type Shard } from './shards.ts';

/** One item as it lies in a mailbox. */
export interface MailboxEntry {
  readonly streamId: string;
  readonly id: string;
  readonly raw: string;
  /** Empty when the item has none. */
  readonly fingerprint: string;
}

/** An entry and its result, which is durable already. */
export interface DecidedEntry<R> {
  readonly entry: MailboxEntry;
  readonly result: R;
}

export interface Settlement {
  /** Entries this call took out; fewer than given when another worker was first. */
  readonly settled: number;
  /** Entries left. */
  readonly depth: number;
  /** Slices the turn may use, as of now. */
  readonly weight: number;
  /** The next batch, when it was asked for. */
  readonly next: readonly MailboxEntry[];
}

export interface BatchSize {
  readonly countMax: number;
  /** Items for each slice of the org's weight; left out while no other org is served. */
  readonly sharedMax?: number;
}

export interface MailboxReader {
  /** `next` is empty when nothing waits or the org is paused. */
  take(orgId: string, size: BatchSize): Promise<Pick<Settlement, 'weight' | 'next'>>;
  /** Harmless to repeat, and harmless after somebody else settled the same entries. */
  settle<R>(
    orgId: string,
    decided: readonly DecidedEntry<R>[],
    options: { paceMs?: number; next?: BatchSize },
  ): Promise<Settlement>;
}

export interface MailboxReaderOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly channel: string;
  readonly batchBytesMax: number;
  readonly settledTtlMs: number;
}

const TAKE = defineScript(TAKE_LUA);
const SETTLE = defineScript(SETTLE_LUA);

export function createMailboxReader(options: MailboxReaderOptions): MailboxReader {
  const { client, shard, channel, batchBytesMax, settledTtlMs } = options;
  return {
    async take(orgId, { countMax, sharedMax = 0 }) {
      const keys = [mailboxKey(shard, orgId), shard.paused, shard.weights];
      const args = [orgId, countMax, batchBytesMax, sharedMax];
      const [weight, next] = (await runScript(client, TAKE, { keys, args })) as [number, string[]];
      return { weight, next: decodeEntries(next) };
    },
    async settle(orgId, decided, { paceMs, next: size }) {
      const keys = [mailboxKey(shard, orgId), shard.busy, paceKey(shard, orgId), shard.paused, shard.weights];
      const pace = paceMs === undefined ? '' : paceMs.toFixed(3);
      const args: (string | number)[] = [shard.tag, orgId, settledTtlMs, channel, pace, PACE_TTL_MS];
      args.push(size?.countMax ?? 0, batchBytesMax, size?.sharedMax ?? 0);
      for (const { entry, result } of decided) {
        args.push(entry.streamId, entry.id, entry.fingerprint, JSON.stringify(result));
      }
      const reply = (await runScript(client, SETTLE, { keys, args })) as [number, number, number, string[]];
      const [settled, depth, weight, next] = reply;
      return { settled, depth, weight, next: decodeEntries(next) };
    },
  };
}

function decodeEntries(flat: readonly string[]): readonly MailboxEntry[] {
  const entries: MailboxEntry[] = [];
  for (let at = 0; at < flat.length; at += 4) {
    const [streamId = '', id = '', raw = '', fingerprint = ''] = flat.slice(at, at + 4);
    entries.push({ streamId, id, raw, fingerprint });
  }
  return entries;
}

/** Lists the waiting items of one org in pages, newest first. Read-only. */
import { assertId } from './assert-unit.ts';
import type { RedisClient } from '../redis/connect.ts';
import { decodeWaiting } from './decode-item.ts';
import type { ListedItem, WaitingPage } from './item-state.ts';
import { LIST_WAITING_MAX } from '../limits.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import { mailboxKey, type Shard, shardOf } from '../redis/shards.ts';

const LIST_WAITING = loadScript('list-waiting');
/** Both halves fit into 64 bits. */
const STREAM_ID = /^\d{1,19}-\d{1,19}$/;

/** Throws a `RangeError` if `before` is not a stream id. */
export async function listWaiting<T>(
  client: RedisClient,
  shards: readonly Shard[],
  { orgId, limit, before }: { orgId: string; limit: number; before?: string },
): Promise<WaitingPage<T>> {
  assertId('orgId', orgId);
  if (before !== undefined && !STREAM_ID.test(before)) throw new RangeError('before must be a stream id');
  const bounded = Math.max(1, Math.min(Math.floor(limit), LIST_WAITING_MAX));
  const shard = shardOf(shards, orgId);
  const [pace = '', next, ...flat] = (await runScript(client, LIST_WAITING, {
    keys: [mailboxKey(shard, orgId)],
    args: [shard.tag, before === undefined ? '+' : `(${before}`, bounded, orgId],
  })) as (string | number)[];
  const items = decodeListed<T>(orgId, String(pace), flat);
  return next === '' ? { items } : { items, next: String(next) };
}

function decodeListed<T>(
  orgId: string,
  pace: string,
  flat: readonly (string | number)[],
): readonly ListedItem<T>[] {
  const listed: ListedItem<T>[] = [];
  for (let at = 0; at < flat.length; at += 5) {
    const [id = '', payload = '', fingerprint = '', place, summary = ''] = flat.slice(at, at + 5).map(String);
    listed.push({ ...decodeWaiting<T>([1, orgId, payload, fingerprint, Number(place), pace, summary]), id });
  }
  return listed;
}

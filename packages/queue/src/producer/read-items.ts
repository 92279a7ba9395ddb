/** Finds items by id, and lists the waiting items of an org in pages. Read-only. */
import { FIND_CALL_IDS_MAX, LIST_WAITING_MAX } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';
import { gatherByTick } from '../redis/gather-by-tick.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import { mailboxKey, type Shard, shardOf } from '../redis/shards.ts';
import { assertId } from './acceptance.ts';
import {
  decodeItem,
  decodeWaiting,
  type ItemState,
  type ListedItem,
  type RawItem,
  type WaitingPage,
} from './item-state.ts';

export type FindItems<T, R> = (ids: readonly string[]) => Promise<readonly (ItemState<T, R> | undefined)[]>;

const FIND = loadScript('find');

export function createFinder<T, R>(client: RedisClient, shards: readonly Shard[]): FindItems<T, R> {
  const gatherers = shards.map((shard) =>
    gatherByTick<readonly string[], readonly RawItem[]>({
      call: (asks) => callFind(client, shard, asks),
      weigh: (ids) => ({ items: ids.length, bytes: 0 }),
      itemsMax: FIND_CALL_IDS_MAX,
      bytesMax: Infinity,
    }),
  );
  const findPage: FindItems<T, R> = async (ids) => {
    const answers = await Promise.all(gatherers.map((gather) => gather(ids)));
    return ids.map((_, at) => {
      const raw = answers.map((answer) => answer[at]).find((one) => one !== undefined && one[0] !== 0);
      return raw && decodeItem<T, R>(raw);
    });
  };
  return async (ids) => {
    const pages: Promise<readonly (ItemState<T, R> | undefined)[]>[] = [];
    for (let from = 0; from < ids.length; from += FIND_CALL_IDS_MAX) {
      pages.push(findPage(ids.slice(from, from + FIND_CALL_IDS_MAX)));
    }
    return (await Promise.all(pages)).flat();
  };
}

async function callFind(
  client: RedisClient,
  shard: Shard,
  asks: readonly (readonly string[])[],
): Promise<readonly (readonly RawItem[])[]> {
  const args = [shard.tag, ...asks.flat()];
  const raws = (await runScript(client, FIND, { keys: [shard.busy], args })) as RawItem[];
  let from = 0;
  return asks.map((ids) => raws.slice(from, (from += ids.length)));
}

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

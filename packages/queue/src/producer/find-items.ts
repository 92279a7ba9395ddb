/** Finds items by id. An id alone does not determine its shard, so all shards are queried in parallel. */
import type { RedisClient } from '../redis/connect.ts';
import { decodeItem, type RawItem } from './decode-item.ts';
import { gatherByTick } from '../redis/gather-by-tick.ts';
import type { ItemState } from './item-state.ts';
import { FIND_CALL_IDS_MAX } from '../limits.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import type { Shard } from '../redis/shards.ts';

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

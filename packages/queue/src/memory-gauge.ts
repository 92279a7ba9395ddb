/**
 * Watches how full Redis is, so that accepting stops before it is. A full Redis refuses the writes of
 * BullMQ as well, and then turns stand still; the room above the mark is what the workers need to empty it.
 */
import { Cluster } from 'ioredis';
import type { RedisClient } from './connect.ts';
import { MEMORY_CHECK_INTERVAL_MS, MEMORY_HIGH_WATER } from './limits.ts';

export interface MemoryGauge {
  /** As of the last look, at most `MEMORY_CHECK_INTERVAL_MS` ago while Redis answers. */
  isHigh(): boolean;
  close(): void;
}

export async function openMemoryGauge(client: RedisClient): Promise<MemoryGauge> {
  let isHigh = false;
  const look = async (): Promise<void> => {
    try {
      isHigh = (await readFill(client)) >= MEMORY_HIGH_WATER;
    } catch {
      // Redis away or INFO forbidden: accepting itself will tell the first, and there is no gauge in the second.
      isHigh = false;
    }
  };
  await look();
  const timer = setInterval(() => void look(), MEMORY_CHECK_INTERVAL_MS);
  timer.unref();
  return { isHigh: () => isHigh, close: () => clearInterval(timer) };
}

/** Of the fullest master; 0 when there is no limit. */
async function readFill(client: RedisClient): Promise<number> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const infos = await Promise.all(nodes.map((node) => node.info('memory')));
  return Math.max(0, ...infos.map(fillOf));
}

function fillOf(info: string): number {
  const read = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const max = read('maxmemory');
  return max === 0 ? 0 : read('used_memory') / max;
}

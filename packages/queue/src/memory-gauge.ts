/**
 * Watches how full Redis is, so that accepting stops before it is. A full Redis refuses the writes of
 * BullMQ as well, and then turns stand still; the room above the mark is what the workers need to empty it.
 */
import { Cluster } from 'ioredis';
import type { RedisClient } from './connect.ts';
import { MEMORY_CHECK_INTERVAL_MS, MEMORY_HIGH_WATER } from './limits.ts';

export interface MemoryGauge {
  /**
   * As of the last look, which was at most `MEMORY_CHECK_INTERVAL_MS` before the last question. Who asks for the first
   * time in a while hears that it is not; the answer is known to the next one. Nobody asks, nobody looks.
   */
  isHigh(): boolean;
}

export function createMemoryGauge(client: RedisClient): MemoryGauge {
  let isHigh = false;
  let lookedAt = -Infinity;
  const look = async (): Promise<void> => {
    try {
      isHigh = (await readFill(client)) >= MEMORY_HIGH_WATER;
    } catch {
      // Redis away or INFO forbidden: accepting itself will tell the first, and there is no gauge in the second.
      isHigh = false;
    }
  };
  return {
    isHigh() {
      const now = performance.now();
      const age = now - lookedAt;
      if (age < MEMORY_CHECK_INTERVAL_MS) return isHigh;
      lookedAt = now;
      void look();
      return isHigh && age < 2 * MEMORY_CHECK_INTERVAL_MS;
    },
  };
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

/**
 * Monitors the memory of Redis, so that accepting stops before Redis is full. A full Redis also refuses
 * BullMQ's writes, so no lease runs; the room above the mark lets the workers drain it.
 */
import { Cluster } from 'ioredis';
import { MEMORY_CHECK_INTERVAL_MS, MEMORY_HIGH_WATER } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';

export interface MemoryGauge {
  /**
   * The last known value. A call starts a check if the last one is older than `MEMORY_CHECK_INTERVAL_MS`;
   * without calls there are no checks. If the value is older than twice that interval, the call returns
   * false.
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
      // If Redis is unavailable, `accept` itself fails. If INFO is forbidden, there is no gauge.
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

/** Fill of the fullest master; 0 when there is no limit. */
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

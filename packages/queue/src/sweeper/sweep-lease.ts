/**
 * The lease to sweep a shard, so that one worker sweeps and the others stand by. Two holders at once (after a
 * process pause longer than the lease) do no harm, because sweeping is idempotent.
 */
import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../redis/connect.ts';
import { findUnavailableCode } from '../redis/queue-unavailable-error.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import type { Shard } from '../redis/shards.ts';

export interface SweepLease {
  /** Acquires the lease, or renews it after half of its time; false while another worker has it. */
  hold(shard: Shard): Promise<boolean>;
  release(shard: Shard): Promise<void>;
}

const HOLD_LEASE = loadScript('hold-lease');
const RELEASE_LEASE = loadScript('release-lease');

export function createSweepLease(client: RedisClient, ttlMs: number): SweepLease {
  const holder = randomUUID();
  const renewAt = new Map<string, number>();
  return {
    async hold(shard) {
      const now = performance.now();
      if (now < (renewAt.get(shard.sweeper) ?? 0)) return true;
      try {
        const held = await runScript(client, HOLD_LEASE, { keys: [shard.sweeper], args: [holder, ttlMs] });
        if (held === 1) renewAt.set(shard.sweeper, now + ttlMs / 2);
        return held === 1;
      } catch (error) {
        // A full Redis cannot store the lease, and needs sweeping most: several sweepers are better than
        // none.
        if (error instanceof Error && findUnavailableCode(error) === 'redis-out-of-memory') return true;
        throw error;
      }
    },
    async release(shard) {
      await runScript(client, RELEASE_LEASE, { keys: [shard.sweeper], args: [holder] });
    },
  };
}

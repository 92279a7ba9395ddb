/**
 * Sweeps at intervals while this worker has the sweep lease, so that one worker sweeps and the others stand
 * by. Two holders at once (after a process pause longer than the sweep lease) do no harm, because sweeping is
 * idempotent. Errors are reported as events and do not end the loop.
 */
import { randomUUID } from 'node:crypto';
import { repeat } from '../partition/bell.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import { findUnavailableCode } from '../redis/queue-unavailable-error.ts';
import type { Shard } from '../redis/shards.ts';

export interface SweepLoopOptions {
  readonly shards: readonly Shard[];
  readonly sweepers: readonly (() => Promise<number>)[];
  readonly sweepLease: SweepLease;
  readonly intervalMs: number;
  readonly onEvent: QueueEventListener;
}

export interface SweepLoop {
  /** Ends the loop, waits for the current sweep and releases the sweep leases. */
  close(): Promise<void>;
}

export function startSweepLoop(options: SweepLoopOptions): SweepLoop {
  const sweeps = repeat(() => sweepHeld(options), options.intervalMs);
  return {
    async close() {
      await sweeps.close();
      await Promise.allSettled(options.shards.map((shard) => options.sweepLease.release(shard)));
    },
  };
}

async function sweepHeld({ shards, sweepers, sweepLease, onEvent }: SweepLoopOptions): Promise<void> {
  for (const shard of shards) {
    try {
      if (await sweepLease.hold(shard)) await sweepers[shard.index]?.();
    } catch (error) {
      onEvent({ kind: 'sweep-failed', cause: toError(error) });
    }
  }
}

export interface SweepLease {
  /** Acquires the sweep lease, or renews it after half of its time; false while another worker has it. */
  hold(shard: Shard): Promise<boolean>;
  release(shard: Shard): Promise<void>;
}

const HOLD_SWEEP_LEASE = loadScript('hold-sweep-lease');
const RELEASE_SWEEP_LEASE = loadScript('release-sweep-lease');

export function createSweepLease(client: RedisClient, ttlMs: number): SweepLease {
  const holder = randomUUID();
  const renewAt = new Map<string, number>();
  return {
    async hold(shard) {
      const now = performance.now();
      if (now < (renewAt.get(shard.sweeper) ?? 0)) return true;
      try {
        const held = await runScript(client, HOLD_SWEEP_LEASE, {
          keys: [shard.sweeper],
          args: [holder, ttlMs],
        });
        if (held === 1) renewAt.set(shard.sweeper, now + ttlMs / 2);
        return held === 1;
      } catch (error) {
        // A full Redis cannot store the sweep lease, and needs sweeping most: several sweepers are better than
        // none.
        if (error instanceof Error && findUnavailableCode(error) === 'redis-out-of-memory') return true;
        throw error;
      }
    },
    async release(shard) {
      await runScript(client, RELEASE_SWEEP_LEASE, { keys: [shard.sweeper], args: [holder] });
    },
  };
}

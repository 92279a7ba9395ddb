/**
 * Sweeps at intervals while this worker has the lease. Errors are reported as events and do not end the loop.
 */
import { type QueueEventListener, toError } from '../queue-event.ts';
import { repeat } from '../partition/repeat.ts';
import type { Shard } from '../redis/shards.ts';
import type { SweepLease } from './sweep-lease.ts';

export interface SweepLoopOptions {
  readonly shards: readonly Shard[];
  readonly sweepers: readonly (() => Promise<number>)[];
  readonly lease: SweepLease;
  readonly intervalMs: number;
  readonly onEvent: QueueEventListener;
}

export interface SweepLoop {
  /** Ends the loop, waits for the current sweep and releases the leases. */
  close(): Promise<void>;
}

export function startSweepLoop(options: SweepLoopOptions): SweepLoop {
  const sweeps = repeat(() => sweepHeld(options), options.intervalMs);
  return {
    async close() {
      await sweeps.close();
      await Promise.allSettled(options.shards.map((shard) => options.lease.release(shard)));
    },
  };
}

async function sweepHeld({ shards, sweepers, lease, onEvent }: SweepLoopOptions): Promise<void> {
  for (const shard of shards) {
    try {
      if (await lease.hold(shard)) await sweepers[shard.index]?.();
    } catch (error) {
      onEvent({ kind: 'sweep-failed', cause: toError(error) });
    }
  }
}

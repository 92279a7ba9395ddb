/**
 * Adds a lease for each partition without a holder after items were accepted. Best effort: callers do not wait
 * for it and it never fails them. The items are safe in their mailboxes, and the sweeper picks up what this
 * misses.
 */
import { PARTITIONS } from '../limits.ts';
import { createLeaseQueue } from '../partition/lease-queue.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import { hangUp, type RedisClient } from '../redis/connect.ts';
import { gatherByTick } from '../redis/gather-by-tick.ts';
import type { Shard } from '../redis/shards.ts';

export interface Waker {
  /** Returns at once. */
  wake(shard: Shard, partitions: readonly number[]): void;
  /** Waits for the wake-ups in flight, then disconnects. */
  close(): Promise<void>;
}

export interface WakerOptions {
  readonly client: RedisClient;
  readonly shards: readonly Shard[];
  readonly onEvent: QueueEventListener;
}

export function createWaker({ client, shards, onEvent }: WakerOptions): Waker {
  const inFlight = new Set<Promise<true>>();
  const onError = (cause: Error): void => onEvent({ kind: 'redis-error', connection: 'waking', cause });
  const leaseQueues = shards.map((shard) => createLeaseQueue(client, shard, onError));
  const gatherers = leaseQueues.map((leaseQueue) =>
    gatherByTick<readonly number[], true>({
      call: async (asks) => {
        const partitions = [...new Set(asks.flat())];
        try {
          await leaseQueue.add(partitions);
        } catch (error) {
          const cause = toError(error);
          onEvent({ kind: 'wake-failed', partitions, cause });
        }
        return asks.map(() => true as const);
      },
      weigh: (partitions) => ({ items: partitions.length, bytes: 0 }),
      itemsMax: PARTITIONS,
      bytesMax: Infinity,
    }),
  );
  return {
    wake(shard, partitions) {
      const gather = gatherers[shard.index];
      if (!gather) return;
      const added = gather(partitions);
      inFlight.add(added);
      void added.finally(() => inFlight.delete(added));
    },
    async close() {
      await Promise.allSettled(inFlight);
      await Promise.allSettled(leaseQueues.map((leaseQueue) => leaseQueue.close()));
      hangUp(client);
    },
  };
}

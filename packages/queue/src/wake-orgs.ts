/**
 * Gives orgs a turn after their items were accepted. Nobody waits for it and it never fails its caller:
 * the items are safe in their mailboxes, and the sweeper finds whom this could not wake.
 */
import { hangUp, type RedisClient } from './connect.ts';
import { gatherByTick } from './gather-by-tick.ts';
import { WAKE_ORGS_MAX } from './limits.ts';
import { createPending } from './pending.ts';
import type { QueueEventListener } from './queue-event.ts';
import type { Shard } from './shards.ts';
import { createTurnQueue } from './turn-queue.ts';

export interface Waker {
  /** Returns at once. */
  wake(shard: Shard, orgIds: readonly string[]): void;
  /** Lets the wakes under way come to their end, then disconnects. */
  close(): Promise<void>;
}

export interface WakerOptions {
  readonly client: RedisClient;
  readonly shards: readonly Shard[];
  readonly onEvent: QueueEventListener;
}

export function createWaker({ client, shards, onEvent }: WakerOptions): Waker {
  const pending = createPending();
  const onError = (cause: Error): void => onEvent({ kind: 'redis-error', connection: 'waking', cause });
  const turnQueues = shards.map((shard) => createTurnQueue(client, shard, onError));
  const gatherers = turnQueues.map((turnQueue) =>
    gatherByTick<readonly string[], true>({
      call: async (asks) => {
        const orgIds = [...new Set(asks.flat())];
        try {
          await turnQueue.add(orgIds);
        } catch (error) {
          const cause = error instanceof Error ? error : new Error(String(error));
          onEvent({ kind: 'wake-failed', orgIds, cause });
        }
        return asks.map(() => true as const);
      },
      weigh: (orgIds) => ({ items: orgIds.length, chars: 0 }),
      itemsMax: WAKE_ORGS_MAX,
      charsMax: Infinity,
    }),
  );
  return {
    wake(shard, orgIds) {
      const gather = gatherers[shard.index];
      if (!gather) return;
      pending.begin();
      void gather(orgIds).finally(pending.end);
    },
    async close() {
      await pending.settle();
      await Promise.allSettled(turnQueues.map((turnQueue) => turnQueue.close()));
      hangUp(client);
    },
  };
}

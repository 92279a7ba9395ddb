/**
 * Distributes the partitions of a shard over its workers. Each worker counts the subscribed workers every two
 * seconds and holds at most its share; a single worker holds all partitions. The shares together always cover
 * all partitions.
 */
import { Cluster } from 'ioredis';
import { PARTITIONS, SHARE_CHECK_MS, SPARE_MS } from '../limits.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Shard } from '../redis/shards.ts';
import { repeat } from './bell.ts';
import type { LeaseQueue } from './lease-queue.ts';
import type { PartitionLeases } from './partition-leases.ts';

export interface PartitionSharesOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly leases: PartitionLeases;
  readonly leaseQueue: LeaseQueue;
  /** The BullMQ worker: how many leases it runs concurrently. */
  readonly dealTo: { concurrency: number };
  readonly onEvent: QueueEventListener;
}

export interface PartitionShares {
  close(): void;
}

export function startPartitionShares(options: PartitionSharesOptions): PartitionShares {
  let isClosed = false;
  const check = createCheck(options);
  const checks = repeat(async () => {
    try {
      await check();
    } catch (error) {
      const cause = toError(error);
      if (!isClosed) options.onEvent({ kind: 'redis-error', connection: 'leases', cause });
    }
  }, SHARE_CHECK_MS);
  return {
    close() {
      isClosed = true;
      void checks.close();
    },
  };
}

function createCheck({
  client,
  shard,
  leases,
  leaseQueue,
  dealTo,
}: PartitionSharesOptions): () => Promise<void> {
  let shareBefore = 0;
  let isWaitingBefore = false;
  // Partitions held beyond the share because they stay waiting: a frozen worker is counted and takes none.
  let spare = 0;
  let spareUntil = 0;
  return async () => {
    const [share, waiting] = await Promise.all([findShare(client, shard), leaseQueue.countWaiting()]);
    if (share !== shareBefore || performance.now() > spareUntil) spare = 0;
    const isKeptWaiting = waiting > 0 && isWaitingBefore;
    if (isKeptWaiting && leases.heldCount >= share + spare) {
      spare = Math.min(PARTITIONS - share, spare + waiting);
      spareUntil = performance.now() + SPARE_MS;
    }
    const limitBefore = leases.limit;
    leases.limit = share + spare;
    dealTo.concurrency = leases.limit;
    // A BullMQ worker at its concurrency limit fetches again only when a lease ends.
    const isBlocked = leases.heldCount >= limitBefore && leases.limit > limitBefore;
    if (isBlocked || (isKeptWaiting && leases.heldCount < leases.limit)) leases.yieldOne();
    shareBefore = share;
    isWaitingBefore = waiting > 0;
  };
}

/**
 * Maximum number of partitions per worker. If not all workers can be counted, the share is too large rather
 * than too small.
 */
export async function findShare(client: RedisClient, shard: Shard): Promise<number> {
  const nodes = client instanceof Cluster ? client.nodes() : [client];
  const counts = await Promise.all(nodes.map((node) => node.pubsub('NUMSUB', shard.work)));
  const workers = counts.reduce<number>((sum, count) => sum + Number(count[1]), 0);
  return Math.ceil(PARTITIONS / Math.max(1, workers));
}

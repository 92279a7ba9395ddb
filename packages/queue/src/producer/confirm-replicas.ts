/** Delays an acceptance until enough replicas have it. If they do not confirm, the write is not undone. */
import { Cluster } from 'ioredis';
import type { RedisClient } from '../redis/connect.ts';
import { QueueUnavailableError } from '../redis/queue-unavailable-error.ts';

/** Throws `replicas-missing` when fewer than `minReplicas` confirmed within `timeoutMs`. */
export async function confirmReplicas(
  client: RedisClient,
  { minReplicas, timeoutMs }: { minReplicas: number; timeoutMs: number },
): Promise<void> {
  if (minReplicas === 0 || client instanceof Cluster) return;
  // On the connection that wrote: WAIT counts the replicas that have this connection's last write.
  const replicas = await client.wait(minReplicas, Math.ceil(timeoutMs));
  if (replicas < minReplicas) {
    throw new QueueUnavailableError('replicas-missing', `${replicas} of ${minReplicas} replicas confirmed`);
  }
}

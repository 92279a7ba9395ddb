/**
 * A worker's subscriptions: the work channel of each shard, which names the partitions that orgs entered, and
 * the channel of each held partition, which carries the items. The subscription to a partition's channel
 * marks the partition as held for producers. Messages are hints: after a reconnect all partitions are
 * checked.
 */
import { SUBSCRIBE_CHANNELS_MAX } from '../limits.ts';
import type { QueueEventListener } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import { partitionKey, type Shard } from '../redis/shards.ts';
import { decodeInline, type InlineBatch } from './mailbox-entry.ts';

export interface PartitionChannels {
  /** Once it resolves, this worker is notified of each org that enters the partition. */
  hold(shard: Shard, partition: number): Promise<void>;
  /** Once it resolves, a lease is added when an org enters the partition. */
  release(shard: Shard, partition: number): Promise<void>;
  /** Removes this worker from the count of the shards' workers. Does not fail while Redis is unavailable. */
  leave(): void;
}

export interface PartitionChannelsOptions {
  readonly subscriber: RedisClient;
  readonly shards: readonly Shard[];
  /** Orgs entered these partitions of the shard; without `partitions`: possibly any partition. */
  readonly onWork: (shard: Shard, partitions?: readonly number[]) => void;
  /** Items entered a partition that this worker holds. */
  readonly onInline: (shard: Shard, partition: number, batches: readonly InlineBatch[]) => void;
  readonly onEvent: QueueEventListener;
}

export async function openPartitionChannels(options: PartitionChannelsOptions): Promise<PartitionChannels> {
  const { subscriber, shards, onWork, onInline, onEvent } = options;
  const shardByChannel = new Map(shards.map((shard) => [shard.work, shard]));
  const held = new Map<string, { readonly shard: Shard; readonly partition: number }>();
  let isLeaving = false;
  subscriber.on('message', (channel: string, message: string) => {
    const shard = shardByChannel.get(channel);
    if (shard) onWork(shard, message.split(',').map(Number));
    const of = held.get(channel);
    if (of) onInline(of.shard, of.partition, decodeInline(message));
  });
  // Messages published while the subscription was lost reached no subscriber, so all partitions are checked.
  subscriber.on('ready', () => {
    if (isLeaving) return;
    subscribe(subscriber, [...shardByChannel.keys(), ...held.keys()])
      .then(() => shards.forEach((shard) => onWork(shard)))
      .catch((cause: Error) => onEvent({ kind: 'redis-error', connection: 'partitions', cause }));
  });
  await subscribe(subscriber, [...shardByChannel.keys()]);
  return {
    async hold(shard, partition) {
      held.set(partitionKey(shard, partition), { shard, partition });
      await subscriber.subscribe(partitionKey(shard, partition));
    },
    async release(shard, partition) {
      held.delete(partitionKey(shard, partition));
      await subscriber.unsubscribe(partitionKey(shard, partition));
    },
    leave() {
      isLeaving = true;
      if (subscriber.status !== 'ready') return;
      subscriber.unsubscribe(...shardByChannel.keys()).catch(() => undefined);
    },
  };
}

async function subscribe(subscriber: RedisClient, channels: readonly string[]): Promise<void> {
  for (let from = 0; from < channels.length; from += SUBSCRIBE_CHANNELS_MAX) {
    await subscriber.subscribe(...channels.slice(from, from + SUBSCRIBE_CHANNELS_MAX));
  }
}

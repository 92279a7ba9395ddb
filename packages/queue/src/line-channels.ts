/**
 * What a worker listens to: on which lines of its shards something came in, and on the channel of a line that it holds also
 * what. Being subscribed there is what tells producers that somebody holds the line. Messages are hints: whatever could be lost
 * is looked at again.
 */
import type { RedisClient } from './connect.ts';
import { decodeHanded, type HandedBatch } from './handed-batch.ts';
import { SUBSCRIBE_CHANNELS_MAX } from './limits.ts';
import type { QueueEventListener } from './queue-event.ts';
import { lineKey, type Shard } from './shards.ts';

export interface LineChannels {
  /** From when it resolves on, whoever puts an org into the line tells this worker. */
  hold(shard: Shard, line: number): Promise<void>;
  /** From when it resolves on, whoever puts an org into the line adds a turn for it. */
  release(shard: Shard, line: number): Promise<void>;
  /** Counts no more among the workers of the shards. Harmless while Redis is away. */
  leave(): void;
}

export interface LineChannelsOptions {
  readonly subscriber: RedisClient;
  readonly shards: readonly Shard[];
  /** Something came into these lines of the shard; without lines: into any of them. */
  readonly onWork: (shard: Shard, lines?: readonly number[]) => void;
  /** This came into a line that this worker holds. */
  readonly onHanded: (shard: Shard, line: number, handed: readonly HandedBatch[]) => void;
  readonly onEvent: QueueEventListener;
}

export async function openLineChannels(options: LineChannelsOptions): Promise<LineChannels> {
  const { subscriber, shards, onWork, onHanded, onEvent } = options;
  const shardByChannel = new Map(shards.map((shard) => [shard.work, shard]));
  const held = new Map<string, { readonly shard: Shard; readonly line: number }>();
  let isLeaving = false;
  subscriber.on('message', (channel: string, message: string) => {
    const shard = shardByChannel.get(channel);
    if (shard) onWork(shard, message.split(',').map(Number));
    const of = held.get(channel);
    if (of) onHanded(of.shard, of.line, decodeHanded(message));
  });
  // What came in while the subscription was away was told to nobody.
  subscriber.on('ready', () => {
    if (isLeaving) return;
    subscribe(subscriber, [...shardByChannel.keys(), ...held.keys()])
      .then(() => shards.forEach((shard) => onWork(shard)))
      .catch((cause: Error) => onEvent({ kind: 'redis-error', connection: 'lines', cause }));
  });
  await subscribe(subscriber, [...shardByChannel.keys()]);
  return {
    async hold(shard, line) {
      held.set(lineKey(shard, line), { shard, line });
      await subscriber.subscribe(lineKey(shard, line));
    },
    async release(shard, line) {
      held.delete(lineKey(shard, line));
      await subscriber.unsubscribe(lineKey(shard, line));
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

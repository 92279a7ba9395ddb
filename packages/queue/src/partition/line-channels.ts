/**
 * A worker's subscriptions: the work channel of each shard, which names the lines that orgs entered, and the
 * channel of each held line, which carries the items. The subscription to a line's channel marks the line as
 * held for producers. Messages are hints: after a reconnect all lines are checked.
 */
import { SUBSCRIBE_CHANNELS_MAX } from '../limits.ts';
import type { QueueEventListener } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import { lineKey, type Shard } from '../redis/shards.ts';
import { decodeInline, type InlineBatch } from './mailbox-entry.ts';

export interface LineChannels {
  /** Once it resolves, this worker is notified of each org that enters the line. */
  hold(shard: Shard, line: number): Promise<void>;
  /** Once it resolves, a turn is added when an org enters the line. */
  release(shard: Shard, line: number): Promise<void>;
  /** Removes this worker from the count of the shards' workers. Does not fail while Redis is unavailable. */
  leave(): void;
}

export interface LineChannelsOptions {
  readonly subscriber: RedisClient;
  readonly shards: readonly Shard[];
  /** Orgs entered these lines of the shard; without `lines`: possibly any line. */
  readonly onWork: (shard: Shard, lines?: readonly number[]) => void;
  /** Items entered a line that this worker holds. */
  readonly onInline: (shard: Shard, line: number, batches: readonly InlineBatch[]) => void;
  readonly onEvent: QueueEventListener;
}

export async function openLineChannels(options: LineChannelsOptions): Promise<LineChannels> {
  const { subscriber, shards, onWork, onInline, onEvent } = options;
  const shardByChannel = new Map(shards.map((shard) => [shard.work, shard]));
  const held = new Map<string, { readonly shard: Shard; readonly line: number }>();
  let isLeaving = false;
  subscriber.on('message', (channel: string, message: string) => {
    const shard = shardByChannel.get(channel);
    if (shard) onWork(shard, message.split(',').map(Number));
    const of = held.get(channel);
    if (of) onInline(of.shard, of.line, decodeInline(message));
  });
  // Messages published while the subscription was lost reached no subscriber, so all lines are checked.
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

/**
 * Hints that an item of a watched org was completed. There is one channel per org, subscribed only while the
 * org is watched, so a process receives only messages for its orgs; an unwatched org costs Redis one look-up
 * per completion. Messages may be lost with a connection, so every watch is called after each subscribe and
 * resubscribe.
 */
import { SUBSCRIBE_CHANNELS_MAX, WATCH_REST_MS, WATCHED_ORGS_MAX } from '../limits.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import { isWatchChannel, type Shard, shardOf, watchChannel } from '../redis/shards.ts';

export interface OrgWatches {
  /** See `OrgQueue.watch`. */
  watch(orgId: string, listener: () => void): () => void;
  /** Ends all watches. */
  close(): void;
}

export interface OrgWatchesOptions {
  readonly subscriber: RedisClient;
  readonly shards: readonly Shard[];
  readonly onEvent: QueueEventListener;
}

/** An object, so that registering the same function twice makes two listeners. */
interface Listener {
  readonly call: () => void;
}

/** One channel and its listeners. */
interface Watched {
  readonly channel: string;
  readonly listeners: Set<Listener>;
  /** The debounce timer; it runs for `WATCH_REST_MS` after a call. */
  rest?: NodeJS.Timeout;
  /** A message arrived while the timer ran. */
  isMissed: boolean;
}

type WatchedByChannel = Map<string, Watched>;

export function openOrgWatches(options: OrgWatchesOptions): OrgWatches {
  const { subscriber, shards } = options;
  const watchedByChannel: WatchedByChannel = new Map();

  subscriber.on('message', (channel: string) => {
    const watched = watchedByChannel.get(channel);
    if (watched) hint(watched);
    // ioredis resubscribed a channel whose last watch ended while Redis was unavailable.
    else if (isWatchChannel(channel)) unsubscribe(options, channel);
  });
  // Messages published while the subscription was lost were missed.
  subscriber.on('ready', () => void subscribe(options, watchedByChannel, [...watchedByChannel.keys()]));

  return {
    watch(orgId, call) {
      const channel = watchChannel(shardOf(shards, orgId), orgId);
      const listener: Listener = { call };
      const known = watchedByChannel.get(channel);
      if (known) {
        known.listeners.add(listener);
        return () => leave(options, watchedByChannel, known, listener);
      }
      if (watchedByChannel.size >= WATCHED_ORGS_MAX) return () => undefined;
      const watched: Watched = { channel, listeners: new Set([listener]), isMissed: false };
      watchedByChannel.set(channel, watched);
      // While Redis is unavailable no command is queued; the `ready` handler subscribes.
      if (subscriber.status === 'ready') void subscribe(options, watchedByChannel, [channel]);
      return () => leave(options, watchedByChannel, watched, listener);
    },
    close() {
      for (const { rest } of watchedByChannel.values()) clearTimeout(rest);
      watchedByChannel.clear();
    },
  };
}

/** Never rejects. Calls the watches of the subscribed channels, because earlier messages were missed. */
async function subscribe(
  { subscriber, onEvent }: OrgWatchesOptions,
  watchedByChannel: WatchedByChannel,
  channels: readonly string[],
): Promise<void> {
  for (let from = 0; from < channels.length; from += SUBSCRIBE_CHANNELS_MAX) {
    const page = channels.slice(from, from + SUBSCRIBE_CHANNELS_MAX);
    try {
      await subscriber.subscribe(...page);
    } catch (error) {
      // The next `ready` subscribes again.
      const cause = toError(error);
      if (watchedByChannel.size > 0) onEvent({ kind: 'redis-error', connection: 'subscriber', cause });
      return;
    }
    for (const channel of page) {
      const watched = watchedByChannel.get(channel);
      if (watched) hint(watched);
    }
  }
}

/** May fail without harm: the next message on a channel without a watch unsubscribes again. */
function unsubscribe({ subscriber }: OrgWatchesOptions, channel: string): void {
  if (subscriber.status === 'ready') subscriber.unsubscribe(channel).catch(() => undefined);
}

/** Calls the listeners now, or when the debounce timer ends: one call covers all earlier messages. */
function hint(watched: Watched): void {
  if (watched.rest) {
    watched.isMissed = true;
    return;
  }
  watched.rest = setTimeout(() => {
    delete watched.rest;
    if (watched.isMissed) hint(watched);
  }, WATCH_REST_MS);
  watched.rest.unref();
  watched.isMissed = false;
  for (const { call } of [...watched.listeners]) call();
}

/** Idempotent. */
function leave(
  options: OrgWatchesOptions,
  watchedByChannel: WatchedByChannel,
  watched: Watched,
  listener: Listener,
): void {
  watched.listeners.delete(listener);
  if (watched.listeners.size > 0 || watchedByChannel.get(watched.channel) !== watched) return;
  clearTimeout(watched.rest);
  watchedByChannel.delete(watched.channel);
  unsubscribe(options, watched.channel);
}

/**
 * Hints that something of an org settled, for those who watch it. One channel an org, subscribed while somebody
 * watches, so nobody hears of orgs it does not care for, and nobody at all costs Redis one lookup a settlement.
 * A hint may be lost with a connection, so every watch is called when its subscription begins or comes back.
 */
import type { RedisClient } from './connect.ts';
import { SUBSCRIBE_CHANNELS_MAX, WATCH_REST_MS, WATCHED_ORGS_MAX } from './limits.ts';
import type { QueueEventListener } from './queue-event.ts';
import { isWatchChannel, type Shard, shardOf, watchChannel } from './shards.ts';
import { toError } from './to-error.ts';

export interface OrgWatches {
  /** See `OrgQueue.watch`. */
  watch(orgId: string, listener: () => void): () => void;
  /** No listener is called any more. */
  close(): void;
}

export interface OrgWatchesOptions {
  readonly subscriber: RedisClient;
  readonly shards: readonly Shard[];
  readonly onEvent: QueueEventListener;
}

/** An object, so that the same function watching twice is two listeners. */
interface Listener {
  readonly call: () => void;
}

/** One channel and those who listen to it. */
interface Watched {
  readonly channel: string;
  readonly listeners: Set<Listener>;
  /** Runs while the watch rests from its last call. */
  rest?: NodeJS.Timeout;
  /** Something was announced while the watch rested. */
  isMissed: boolean;
}

type WatchedByChannel = Map<string, Watched>;

export function openOrgWatches(options: OrgWatchesOptions): OrgWatches {
  const { subscriber, shards } = options;
  const watchedByChannel: WatchedByChannel = new Map();

  subscriber.on('message', (channel: string) => {
    const watched = watchedByChannel.get(channel);
    if (watched) hint(watched);
    // Subscribed again by the client of itself, after its last watch ended while Redis was away.
    else if (isWatchChannel(channel)) unsubscribe(options, channel);
  });
  // What was announced while the subscription was away was announced to nobody.
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
      // While Redis is away nothing is held back for it: the subscription is made when the connection is ready.
      if (subscriber.status === 'ready') void subscribe(options, watchedByChannel, [channel]);
      return () => leave(options, watchedByChannel, watched, listener);
    },
    close() {
      for (const { rest } of watchedByChannel.values()) clearTimeout(rest);
      watchedByChannel.clear();
    },
  };
}

/** Never rejects. Whoever is listened for now is called: what settled before went unheard. */
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

/** Harmless to lose: a message on a channel nobody watches asks for the same again. */
function unsubscribe({ subscriber }: OrgWatchesOptions, channel: string): void {
  if (subscriber.status === 'ready') subscriber.unsubscribe(channel).catch(() => undefined);
}

/** Calls now, or when the watch has rested: a call covers everything announced before it. */
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

/** Harmless to repeat. */
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

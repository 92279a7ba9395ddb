/**
 * Waits for results: one subscription serves all waits of the process. Announcements may be lost with a
 * connection, so a wait is registered before its items are accepted or looked up, and all waits are looked up
 * again on resubscription.
 */
import { RECHECK_IDS_MAX, WAITED_IDS_MAX } from '../limits.ts';
import type { QueueEventListener } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import { decodeResult, type Elsewhere } from './item-state.ts';
import type { FindItems } from './read-items.ts';

export interface WaitLimits {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * A wait for items that are about to be accepted: it collects announcements from now on, so no look-up is
 * needed.
 */
export interface Expectation<R> {
  /**
   * Resolves with all results once they are known, or with the known ones at the timeout or abort. Never
   * rejects, because a failed wait must not fail items that are already accepted.
   */
  completed(limits: WaitLimits): Promise<readonly (R | Elsewhere | undefined)[]>;
  /** Must be called unless `completed` is called. Idempotent. */
  end(): void;
}

export interface CompletionWaits<R> {
  /** As {@link Expectation.completed}, for items that may be completed already. */
  wait(ids: readonly string[], limits: WaitLimits): Promise<readonly (R | Elsewhere | undefined)[]>;
  expect(ids: readonly string[]): Expectation<R>;
  close(): void;
}

interface Wait<R> {
  /** Without duplicates, so that the wait is complete when there are as many results. */
  readonly ids: readonly string[];
  readonly results: Map<string, R | Elsewhere>;
  readonly ended: Promise<void>;
  /** Ends the wait with the results so far. */
  end(): void;
}

type WaitsById<R> = Map<string, Set<Wait<R>>>;

export interface CompletionWaitsOptions<R> {
  readonly subscriber: RedisClient;
  readonly channel: string;
  readonly find: FindItems<unknown, R>;
  readonly onEvent: QueueEventListener;
}

export async function openCompletionWaits<R>(
  options: CompletionWaitsOptions<R>,
): Promise<CompletionWaits<R>> {
  const { subscriber, channel, onEvent } = options;
  const waitsById: WaitsById<R> = new Map();

  subscriber.on('message', (from: string, message: string) => {
    if (from !== channel || waitsById.size === 0) return;
    for (const [id, result] of JSON.parse(message) as [string, string][]) {
      if (waitsById.has(id)) deliver(waitsById, id, decodeResult(result) as R | Elsewhere);
    }
  });
  // Announcements published while the subscription was lost were missed.
  subscriber.on('ready', () => {
    subscriber
      .subscribe(channel)
      .then(() => recheck(waitsById, options.find))
      .catch((cause: Error) => onEvent({ kind: 'redis-error', connection: 'subscriber', cause }));
  });
  await subscriber.subscribe(channel);

  return {
    wait(ids, limits) {
      const wait = openWait(waitsById, ids);
      const isLast = isExhausted(waitsById, onEvent) || limits.signal?.aborted === true;
      // Register before the look-up: items completed in between are announced.
      lookUp(options.find, wait, isLast).catch(() => undefined);
      return resultsWithin(wait, ids, limits);
    },
    expect(ids) {
      const wait = openWait(waitsById, ids);
      if (isExhausted(waitsById, onEvent)) wait.end();
      return {
        completed(limits) {
          if (limits.signal?.aborted) wait.end();
          return resultsWithin(wait, ids, limits);
        },
        end: wait.end,
      };
    },
    close() {
      for (const waits of [...waitsById.values()]) for (const wait of [...waits]) wait.end();
    },
  };
}

function isExhausted(waitsById: WaitsById<unknown>, onEvent: QueueEventListener): boolean {
  if (waitsById.size <= WAITED_IDS_MAX) return false;
  onEvent({ kind: 'waits-exhausted' });
  return true;
}

function openWait<R>(waitsById: WaitsById<R>, ids: readonly string[]): Wait<R> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const wait: Wait<R> = {
    ids: [...new Set(ids)],
    results: new Map(),
    ended,
    end() {
      for (const id of wait.ids) unregister(waitsById, id, wait);
      resolve();
    },
  };
  for (const id of wait.ids) register(waitsById, id, wait);
  return wait;
}

async function resultsWithin<R>(
  { end, ended, results }: Wait<R>,
  ids: readonly string[],
  { timeoutMs, signal }: WaitLimits,
): Promise<readonly (R | Elsewhere | undefined)[]> {
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener('abort', end);
  await ended;
  clearTimeout(timer);
  signal?.removeEventListener('abort', end);
  return ids.map((id) => results.get(id));
}

/** After a failed look-up the wait relies on announcements and the next recheck. */
async function lookUp<R>(find: FindItems<unknown, R>, wait: Wait<R>, isLast: boolean): Promise<void> {
  try {
    const states = await find(wait.ids);
    states.forEach((state, at) => {
      const id = wait.ids[at];
      if (id !== undefined && state?.state === 'completed') wait.results.set(id, state.result);
    });
  } finally {
    if (isLast || isComplete(wait)) wait.end();
  }
}

async function recheck<R>(waitsById: WaitsById<R>, find: FindItems<unknown, R>): Promise<void> {
  const ids = [...waitsById.keys()];
  for (let from = 0; from < ids.length; from += RECHECK_IDS_MAX) {
    const page = ids.slice(from, from + RECHECK_IDS_MAX);
    const states = await find(page);
    states.forEach((state, at) => {
      const id = page[at];
      if (id !== undefined && state?.state === 'completed') deliver(waitsById, id, state.result);
    });
  }
}

function deliver<R>(waitsById: WaitsById<R>, id: string, result: R | Elsewhere): void {
  for (const wait of [...(waitsById.get(id) ?? [])]) {
    wait.results.set(id, result);
    if (isComplete(wait)) wait.end();
  }
}

function isComplete<R>({ ids, results }: Wait<R>): boolean {
  return results.size === ids.length;
}

function register<R>(waitsById: WaitsById<R>, id: string, wait: Wait<R>): void {
  const waits = waitsById.get(id);
  if (waits) waits.add(wait);
  else waitsById.set(id, new Set([wait]));
}

function unregister<R>(waitsById: WaitsById<R>, id: string, wait: Wait<R>): void {
  const waits = waitsById.get(id);
  waits?.delete(wait);
  if (waits?.size === 0) waitsById.delete(id);
}

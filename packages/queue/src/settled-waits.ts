/**
 * Waits for results: one subscription wakes every wait of the process. Announcements are hints that may be
 * lost with a connection, so a wait is registered before its state is looked up, and every wait is looked
 * up again whenever the subscription comes back.
 */
import type { RedisClient } from './connect.ts';
import type { FindItems } from './find-items.ts';
import { RECHECK_IDS_MAX, WAITED_IDS_MAX } from './limits.ts';
import type { QueueEventListener } from './queue-event.ts';

export interface SettledWaits<R> {
  /**
   * Resolves with every result once all are there, and with those that are there at the timeout or abort.
   * Never rejects: a wait is a courtesy, and Redis being away is no reason to fail what was accepted.
   */
  wait(
    ids: readonly string[],
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<readonly (R | undefined)[]>;
  close(): void;
}

interface Wait<R> {
  /** Without repetitions, so that the wait is complete when as many results are there. */
  readonly ids: readonly string[];
  readonly results: Map<string, R>;
  /** Ends the wait with what is there. */
  finish(): void;
}

export interface SettledWaitsOptions<R> {
  readonly subscriber: RedisClient;
  readonly channel: string;
  readonly find: FindItems<unknown, R>;
  readonly onEvent: QueueEventListener;
}

export async function openSettledWaits<R>(options: SettledWaitsOptions<R>): Promise<SettledWaits<R>> {
  const { subscriber, channel, onEvent } = options;
  const waitsById = new Map<string, Set<Wait<R>>>();

  subscriber.on('message', (from: string, message: string) => {
    if (from !== channel || waitsById.size === 0) return;
    for (const [id, result] of JSON.parse(message) as [string, string][]) {
      if (waitsById.has(id)) deliver(waitsById, id, JSON.parse(result) as R);
    }
  });
  // What was announced while the subscription was away was announced to nobody.
  subscriber.on('ready', () => {
    subscriber
      .subscribe(channel)
      .then(() => recheck(waitsById, options.find))
      .catch((cause: Error) => onEvent({ kind: 'redis-error', connection: 'subscriber', cause }));
  });
  await subscriber.subscribe(channel);

  return {
    wait: (ids, limits) => startWait(waitsById, options, ids, limits),
    close() {
      for (const waits of [...waitsById.values()]) for (const wait of [...waits]) wait.finish();
    },
  };
}

async function startWait<R>(
  waitsById: Map<string, Set<Wait<R>>>,
  { find, onEvent }: SettledWaitsOptions<R>,
  ids: readonly string[],
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<readonly (R | undefined)[]> {
  const results = new Map<string, R>();
  const isExhausted = waitsById.size + ids.length > WAITED_IDS_MAX;
  if (isExhausted) onEvent({ kind: 'waits-exhausted' });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => wait.finish(), timeoutMs);
    const wait: Wait<R> = {
      ids: [...new Set(ids)],
      results,
      finish() {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wait.finish);
        for (const id of wait.ids) unregister(waitsById, id, wait);
        resolve();
      },
    };
    for (const id of wait.ids) register(waitsById, id, wait);
    signal?.addEventListener('abort', wait.finish);
    // Registered first, looked up second: whatever is settled in between is announced to us.
    lookUp(find, wait, isExhausted || signal?.aborted === true).catch(() => undefined);
  });
  return ids.map((id) => results.get(id));
}

/** A failed look-up leaves the wait to the announcements and the next recheck. */
async function lookUp<R>(find: FindItems<unknown, R>, wait: Wait<R>, isLast: boolean): Promise<void> {
  try {
    const states = await find(wait.ids);
    states.forEach((state, at) => {
      const id = wait.ids[at];
      if (id !== undefined && state?.state === 'settled') wait.results.set(id, state.result);
    });
  } finally {
    if (isLast || isComplete(wait)) wait.finish();
  }
}

async function recheck<R>(waitsById: Map<string, Set<Wait<R>>>, find: FindItems<unknown, R>): Promise<void> {
  const ids = [...waitsById.keys()];
  for (let from = 0; from < ids.length; from += RECHECK_IDS_MAX) {
    const page = ids.slice(from, from + RECHECK_IDS_MAX);
    const states = await find(page);
    states.forEach((state, at) => {
      const id = page[at];
      if (id !== undefined && state?.state === 'settled') deliver(waitsById, id, state.result);
    });
  }
}

function deliver<R>(waitsById: Map<string, Set<Wait<R>>>, id: string, result: R): void {
  for (const wait of [...(waitsById.get(id) ?? [])]) {
    wait.results.set(id, result);
    if (isComplete(wait)) wait.finish();
  }
}

function isComplete<R>({ ids, results }: Wait<R>): boolean {
  return results.size === ids.length;
}

function register<R>(waitsById: Map<string, Set<Wait<R>>>, id: string, wait: Wait<R>): void {
  const waits = waitsById.get(id);
  if (waits) waits.add(wait);
  else waitsById.set(id, new Set([wait]));
}

function unregister<R>(waitsById: Map<string, Set<Wait<R>>>, id: string, wait: Wait<R>): void {
  const waits = waitsById.get(id);
  waits?.delete(wait);
  if (waits?.size === 0) waitsById.delete(id);
}

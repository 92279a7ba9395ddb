// Looks up keys that this process does not know. Concurrent requests for one id share its look-up, and ids
// that arrive during a statement share the next one. Statements never overlap, so invented keys cost
// PostgreSQL one small statement at a time, at most one per {@link LOOKUPS_GAP_MS}.

import { KEYS_FOUND_MAX, type StoredKey } from '@slotline/db';
import { unavailable } from '../http/answer-error.ts';
import { LOOKUPS_GAP_MS, LOOKUPS_WAITING_MAX } from './key-limits.ts';

export type FindKeys = (keyIds: readonly string[]) => Promise<readonly StoredKey[]>;

export interface KeyLookups {
  /**
   * `undefined`: there is no such key. Rejects with the error of the look-up, or with the 503 problem of a
   * full queue.
   */
  find(keyId: string): Promise<StoredKey | undefined>;
}

export interface KeyLookupsOptions {
  readonly find: FindKeys;
  readonly gapMs?: number;
  readonly waitingMax?: number;
}

type Ask = PromiseWithResolvers<StoredKey | undefined>;

export function createKeyLookups(options: KeyLookupsOptions): KeyLookups {
  const { find, gapMs = LOOKUPS_GAP_MS, waitingMax = LOOKUPS_WAITING_MAX } = options;
  const waiting = new Map<string, Ask>();
  let underWay = new Map<string, Ask>();
  let isRunning = false;

  const run = async () => {
    isRunning = true;
    while (waiting.size > 0) {
      underWay = takeSome(waiting);
      const gap = new Promise((resolve) => setTimeout(resolve, gapMs));
      await settle(underWay, find);
      underWay = new Map();
      await gap;
    }
    isRunning = false;
  };

  return {
    find(keyId) {
      const asked = waiting.get(keyId) ?? underWay.get(keyId);
      if (asked !== undefined) return asked.promise;
      if (waiting.size >= waitingMax) return Promise.reject(tooManyLookups());
      const ask: Ask = Promise.withResolvers();
      waiting.set(keyId, ask);
      if (!isRunning) void run();
      return ask.promise;
    },
  };
}

function takeSome(waiting: Map<string, Ask>): Map<string, Ask> {
  const taken = new Map([...waiting].slice(0, KEYS_FOUND_MAX));
  for (const keyId of taken.keys()) waiting.delete(keyId);
  return taken;
}

async function settle(asks: ReadonlyMap<string, Ask>, find: FindKeys): Promise<void> {
  try {
    const found = new Map((await find([...asks.keys()])).map((key) => [key.keyId, key]));
    for (const [keyId, { resolve }] of asks) resolve(found.get(keyId));
  } catch (cause) {
    for (const { reject } of asks.values()) reject(cause);
  }
}

function tooManyLookups(): Error {
  return unavailable(new Error('too many keys wait to be looked up'));
}

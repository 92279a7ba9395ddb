// Notifies open connections when the key they rely on ends. A watch checks the key's expiry itself; other
// changes of the key arrive from the poll.

import { isInForce, type KnownKey } from './known-key.ts';

export interface KeyWatches {
  /** Calls back once, never during this call. Returns a function that ends the watch. */
  add(key: KnownKey, onEnd: () => void): () => void;
  /** The keys that are watched. */
  ids(): readonly string[];
  /** Updates the key of its watches and ends them if it is no longer valid; `undefined`: the key does not exist. */
  changed(keyId: string, key: KnownKey | undefined): void;
  /** Ends the watches of expired keys. */
  expire(): void;
  endAll(): void;
}

interface Watch {
  key: KnownKey;
  end(): void;
}

export function createKeyWatches(now: () => number): KeyWatches {
  const watchesOf = new Map<string, Set<Watch>>();

  const remove = (keyId: string, watch: Watch) => {
    const watches = watchesOf.get(keyId);
    watches?.delete(watch);
    if (watches?.size === 0) watchesOf.delete(keyId);
  };
  const endWhere = (watches: Iterable<Watch>, isOver: (watch: Watch) => boolean) => {
    for (const watch of [...watches]) if (isOver(watch)) watch.end();
  };
  const all = () => [...watchesOf.values()].flatMap((watches) => [...watches]);

  return {
    add(key, onEnd) {
      const { keyId } = key.record;
      const watch: Watch = {
        key,
        end() {
          remove(keyId, watch);
          queueMicrotask(onEnd);
        },
      };
      const watches = watchesOf.get(keyId) ?? new Set();
      watchesOf.set(keyId, watches.add(watch));
      if (!isInForce(key, now())) watch.end();
      return () => remove(keyId, watch);
    },
    ids: () => [...watchesOf.keys()],
    changed(keyId, key) {
      const watches = watchesOf.get(keyId) ?? [];
      if (key === undefined) return endWhere(watches, () => true);
      for (const watch of watches) watch.key = key;
      endWhere(watches, () => !isInForce(key, now()));
    },
    expire: () => endWhere(all(), ({ key }) => !isInForce(key, now())),
    endAll: () => endWhere(all(), () => true),
  };
}

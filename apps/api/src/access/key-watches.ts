// Whoever keeps a connection open on a key is told when the key ends. A watch knows its key's end by itself; what
// else happens to the key it hears from the changes.

import { isInForce, type KnownKey } from './known-key.ts';

export interface KeyWatches {
  /** Calls back once, never within this call. Returns the end of the watch. */
  add(key: KnownKey, onEnd: () => void): () => void;
  /** The keys that are watched. */
  ids(): readonly string[];
  /** Tells those whose key is not in force any more; `undefined` as the key: there is none. */
  changed(keyId: string, key: KnownKey | undefined): void;
  /** Tells those whose key has expired. */
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

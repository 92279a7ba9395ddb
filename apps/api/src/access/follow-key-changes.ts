// Asks PostgreSQL what happened to keys since the last change that was seen. One statement at a time, of one row that
// is always there; after a failure everything that is known is read anew, because the server that answers then may be
// another one that has lost a change (a restored backup, a failover to a replica that was behind).

import { KEYS_FOUND_MAX, type KeyChanges, type StoredKey } from '@slotline/db';
import type { KeyRing } from './key-ring.ts';
import type { KeyWatches } from './key-watches.ts';

export interface FollowOptions {
  readonly ring: KeyRing;
  readonly watches: KeyWatches;
  readonly listChanges: (after: number) => Promise<KeyChanges>;
  readonly findKeys: (keyIds: readonly string[]) => Promise<readonly StoredKey[]>;
  readonly monotonicNow: () => number;
}

export interface FollowKeyChanges {
  /** Everything that was committed before the call is known when it resolves. Rejects when it cannot be. */
  (): Promise<void>;
}

/** More than any change number: nothing is newer. */
const NOTHING_NEWER = Number.MAX_SAFE_INTEGER;

export function createFollowKeyChanges(options: FollowOptions): FollowKeyChanges {
  const { ring, watches, listChanges, findKeys, monotonicNow } = options;
  /** `undefined`: what is known has to be read anew. */
  let seen: number | undefined;

  const readAnew = async (): Promise<number> => {
    const { lastNumber } = await listChanges(NOTHING_NEWER);
    ring.startOver();
    const keyIds = [...new Set([...ring.ids(), ...watches.ids()])];
    for (let at = 0; at < keyIds.length; at += KEYS_FOUND_MAX) {
      const some = keyIds.slice(at, at + KEYS_FOUND_MAX);
      ring.relearn(some, await findKeys(some));
      for (const keyId of some) watches.changed(keyId, ring.peek(keyId));
    }
    return lastNumber;
  };

  /** Reads one page and says whether there may be more. */
  const readChanges = async (): Promise<boolean> => {
    const after = seen ?? (await readAnew());
    seen = undefined;
    const seenAtLeast = Math.max(after, ring.newestChange());
    const { keys, lastNumber } = await listChanges(after);
    if (lastNumber < seenAtLeast) throw new Error('the number of the last change went back');
    for (const record of keys) watches.changed(record.keyId, ring.learn(record));
    const isMore = keys.length === KEYS_FOUND_MAX;
    seen = isMore ? keys.at(-1)?.changeNumber : lastNumber;
    return isMore;
  };

  return async () => {
    for (;;) {
      const beganAt = monotonicNow();
      if (await readChanges()) continue;
      ring.heard(beganAt);
      return;
    }
  };
}

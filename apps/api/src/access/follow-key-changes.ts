// Polls PostgreSQL for key changes since the last one seen, one statement at a time. After a failure all
// known keys are reread: the server that answers next may have lost a change (a restored backup, or a
// failover to a replica that was behind).

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
  /** When it resolves, every change committed before the call has been applied. Rejects when that fails. */
  (): Promise<void>;
}

/** Higher than any change number, so no change is newer. */
const NOTHING_NEWER = Number.MAX_SAFE_INTEGER;

export function createFollowKeyChanges(options: FollowOptions): FollowKeyChanges {
  const { ring, watches, listChanges, findKeys, monotonicNow } = options;
  /** `undefined`: all known keys must be reread. */
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

  /** Reads one page and returns whether there may be more. */
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

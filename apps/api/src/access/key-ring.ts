// The keys that this process has met. A key is looked up once; from then on whatever happens to it is heard of from
// the changes (`follow-key-changes.ts`), which is what makes a request cost no look-up and a revocation take effect
// everywhere within two seconds.
//
// Of two records of a key the one with the higher change number is newer, so it does not matter in which order a
// look-up and a change arrive. While PostgreSQL is away known keys go on working for `staleMaxMs`; then each has to be
// looked up again. That there is no such key is believed only while changes are heard of.

import type { StoredKey } from '@slotline/db';
import { ABSENT_TRUSTED_MS, KEYS_ABSENT_MAX, KEYS_KNOWN_MAX } from './key-limits.ts';
import type { KeyLookups } from './key-lookups.ts';
import { toKnownKey, type KnownKey } from './known-key.ts';
import { RecentMap } from './recent-map.ts';

/** `undefined`: there is no such key. */
export type FoundKey = KnownKey | undefined;

export interface KeyRing {
  /**
   * The key of this id. At once when it is known, or known to be nobody's; else it is looked up, and what that fails
   * with is what this rejects with.
   */
  find(keyId: string): FoundKey | Promise<FoundKey>;
  /** The key as it is known, if it is; asks nobody. */
  peek(keyId: string): KnownKey | undefined;
  /** The ids of all known keys. */
  ids(): readonly string[];
  /** Takes a newer record in; an older one is passed over. Returns what is known then. */
  learn(record: StoredKey): KnownKey;
  /** Takes in what PostgreSQL has now of `keyIds`, whatever was known of them. */
  relearn(keyIds: readonly string[], records: readonly StoredKey[]): void;
  /** The highest change number of any key that was learned; the server's can only be lower if it went back. */
  newestChange(): number;
  /** Forgets which ids are nobody's, and what the newest change was. */
  startOver(): void;
  /** Changes up to the beginning of a statement are known, which began at that time. */
  heard(at: number): void;
  /** Whether changes have not been heard of for longer than known keys are trusted. */
  isStale(): boolean;
}

export interface KeyRingOptions {
  readonly lookups: KeyLookups;
  readonly staleMaxMs: number;
  readonly monotonicNow: () => number;
}

export function createKeyRing({ lookups, staleMaxMs, monotonicNow }: KeyRingOptions): KeyRing {
  const known = new RecentMap<string, KnownKey>(KEYS_KNOWN_MAX);
  const absent = new RecentMap<string, true>(KEYS_ABSENT_MAX);
  let heardAt = Number.NEGATIVE_INFINITY;
  let newestChange = 0;
  const heardWithin = (ms: number) => monotonicNow() - heardAt <= ms;

  const remember = (record: StoredKey): KnownKey => {
    const key = toKnownKey(record);
    known.set(record.keyId, key);
    newestChange = Math.max(newestChange, record.changeNumber);
    return key;
  };

  const learn = (record: StoredKey): KnownKey => {
    absent.delete(record.keyId);
    const old = known.get(record.keyId);
    if (old !== undefined && old.record.changeNumber >= record.changeNumber) return old;
    return remember(record);
  };

  const lookUp = async (keyId: string): Promise<FoundKey> => {
    const before = known.get(keyId);
    const record = await lookups.find(keyId);
    if (record !== undefined) return learn(record);
    // It may have been made, and heard of, after the look-up looked.
    const made = known.get(keyId);
    if (made !== before) return made;
    known.delete(keyId);
    absent.set(keyId, true);
    return undefined;
  };

  return {
    find(keyId) {
      const key = known.get(keyId);
      if (key !== undefined && heardWithin(staleMaxMs)) return key;
      if (absent.get(keyId) !== undefined && heardWithin(ABSENT_TRUSTED_MS)) return undefined;
      return lookUp(keyId);
    },
    peek: (keyId) => known.get(keyId),
    ids: () => known.entries().map(([keyId]) => keyId),
    learn,
    relearn(keyIds, records) {
      for (const keyId of keyIds) known.delete(keyId);
      for (const record of records) remember(record);
    },
    newestChange: () => newestChange,
    startOver() {
      absent.clear();
      newestChange = 0;
    },
    heard(at) {
      heardAt = at;
    },
    isStale: () => !heardWithin(staleMaxMs),
  };
}

// The keys that this process has looked up. Each is looked up once; later changes arrive from the poll
// (`follow-key-changes.ts`). So a request costs no look-up, and a revocation takes effect everywhere within
// two seconds.
//
// Of two records of a key the one with the higher change number is newer, so a look-up and a change may
// arrive in any order. While PostgreSQL is unreachable known keys stay valid for `staleMaxMs`; then each must
// be looked up again. A cached "there is no such key" is trusted only while the poll succeeds.

import type { StoredKey } from '@slotline/db';
import { ABSENT_TRUSTED_MS, KEYS_ABSENT_MAX, KEYS_KNOWN_MAX } from './key-limits.ts';
import type { KeyLookups } from './key-lookups.ts';
import { toKnownKey, type KnownKey } from './known-key.ts';
import { RecentMap } from './recent-map.ts';

/** `undefined`: there is no such key. */
export type FoundKey = KnownKey | undefined;

export interface KeyRing {
  /**
   * The key with this id. Returned synchronously when it is known, or known not to exist; otherwise it is
   * looked up, and an error of the look-up rejects this.
   */
  find(keyId: string): FoundKey | Promise<FoundKey>;
  /** The key from memory, if it is known; never looks it up. */
  peek(keyId: string): KnownKey | undefined;
  /** The ids of all known keys. */
  ids(): readonly string[];
  /** Applies a newer record and ignores an older one. Returns the newest known record. */
  learn(record: StoredKey): KnownKey;
  /** Replaces all that is known of `keyIds` by PostgreSQL's current records. */
  relearn(keyIds: readonly string[], records: readonly StoredKey[]): void;
  /** The highest change number of all learned keys. The server's is lower only if the server was put back. */
  newestChange(): number;
  /** Forgets which ids do not exist, and the newest change number. */
  startOver(): void;
  /** Records that all key changes committed before `at` have been applied. */
  heard(at: number): void;
  /** Whether the last successful poll is older than known keys may be trusted. */
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
    // The key may have been created, and learned from the poll, after the look-up read the table.
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

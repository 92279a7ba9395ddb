// Times of last use of the keys: kept in memory and written in batches. A use that is not written yet is lost
// with the process, so the stored times are about a minute behind.

import type { Instant } from '@slotline/core';
import type { KeyUse } from '@slotline/db';
import { USES_MAX } from './key-limits.ts';
import { RecentMap } from './recent-map.ts';

export interface KeyUses {
  note(keyId: string, usedAt: number): void;
  /** Writes the uses noted since the last flush. On failure it keeps them for the next flush and rethrows. */
  flush(): Promise<void>;
}

export function createKeyUses(write: (uses: readonly KeyUse[]) => Promise<void>): KeyUses {
  let uses = new RecentMap<string, number>(USES_MAX);
  return {
    note: (keyId, usedAt) => uses.set(keyId, usedAt),
    async flush() {
      if (uses.size === 0) return;
      const taken = uses;
      uses = new RecentMap(USES_MAX);
      try {
        await write(taken.entries().map(([keyId, usedAt]) => ({ keyId, usedAt: usedAt as Instant })));
      } catch (cause) {
        const since = uses;
        uses = taken;
        for (const [keyId, usedAt] of since.entries()) uses.set(keyId, usedAt);
        throw cause;
      }
    },
  };
}

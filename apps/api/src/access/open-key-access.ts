// AUTH=keys: the keys in PostgreSQL. It has its own connections, so that slow reads do not delay a revocation
// and a flood of invented keys takes no connection from a booking.

import { findKeys, listKeyChanges, markKeysUsed, openDatabase, type Database } from '@slotline/db';
import type { Logger } from '@slotline/runtime';
import type { Access } from './access.ts';
import { createAuthenticateByKey } from './authenticate-by-key.ts';
import { createFollowKeyChanges } from './follow-key-changes.ts';
import { CHANGES_STATEMENT_MAX_MS, KEY_TIMES, KEYS_STATEMENT_MAX_MS, type KeyTimes } from './key-limits.ts';
import { createKeyLookups } from './key-lookups.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { createKeyUses } from './key-uses.ts';
import { createKeyWatches, type KeyWatches } from './key-watches.ts';
import { repeat } from './repeat.ts';
import { withinLimit } from './within-limit.ts';

export interface KeyAccessOptions {
  /** Closed together with the access. */
  readonly db: Database;
  /** How long known keys stay valid while PostgreSQL is unreachable. */
  readonly staleMaxMs: number;
  readonly logger: Logger;
  readonly times?: Partial<KeyTimes>;
}

/** Two connections, so that the poll for changes never waits for a look-up. */
export function openKeysDatabase(url: string): Database {
  return openDatabase({
    ...{ url, poolMax: 2, applicationName: 'slotline-api-keys' },
    statementTimeoutMs: KEYS_STATEMENT_MAX_MS,
    lockTimeoutMs: KEYS_STATEMENT_MAX_MS,
    connectTimeoutMs: KEYS_STATEMENT_MAX_MS,
  });
}

/** PostgreSQL may be unreachable: then no key is known, and every key gets the 503 problem. */
export async function openKeyAccess(options: KeyAccessOptions): Promise<Access> {
  const { db, staleMaxMs, logger } = options;
  const { now, monotonicNow, pollMs, usesFlushMs } = { ...KEY_TIMES, ...options.times };
  const timely = <T>(statement: Promise<T>) => withinLimit(KEYS_STATEMENT_MAX_MS, statement);
  const find = (keyIds: readonly string[]) => timely(findKeys(db, keyIds));
  const ring = createKeyRing({ lookups: createKeyLookups({ find }), staleMaxMs, monotonicNow });
  const watches = createKeyWatches(now);
  const uses = createKeyUses((noted) => timely(markKeysUsed(db, noted)));
  const follow = createFollowKeyChanges({
    ...{ ring, watches, monotonicNow, findKeys: find },
    listChanges: (after) => withinLimit(CHANGES_STATEMENT_MAX_MS, listKeyChanges(db, { after })),
  });
  const poll = async () => {
    watches.expire();
    if (ring.isStale()) watches.endAll();
    await follow();
  };
  // The poll retries and reports a failure here.
  await follow().catch(() => {});
  const following = repeat({ everyMs: pollMs, work: poll, ...reporting(logger, 'changes cannot be read') });
  const flushing = repeat({
    ...{ everyMs: usesFlushMs, work: () => uses.flush() },
    ...reporting(logger, 'last uses cannot be written'),
  });
  return {
    authenticate: createAuthenticateByKey({ ring, uses, now }),
    watch: createWatch(ring, watches),
    async close() {
      await Promise.all([following.close(), flushing.close()]);
      await uses.flush().catch((cause: unknown) => logger.warn({ err: cause }, 'keys: last uses are lost'));
      await db.close();
    },
  };
}

function createWatch(ring: KeyRing, watches: KeyWatches): Access['watch'] {
  return (principal, onEnd) => {
    if (principal.kind === 'anyone') return () => undefined;
    const key = ring.peek(principal.keyId);
    if (key !== undefined) return watches.add(key, onEnd);
    // Evicted since it was judged, by thousands of other keys: its client must connect again.
    queueMicrotask(onEnd);
    return () => undefined;
  };
}

function reporting(logger: Logger, what: string) {
  return {
    onFailing: (cause: unknown) =>
      logger.warn({ err: cause }, `keys: ${what}; known keys stay valid for now`),
    onWorking: () => logger.info(`keys: no longer true that ${what}`),
  };
}

// AUTH=keys: the keys in PostgreSQL. It has connections of its own, so that neither slow reads delay a revocation nor
// a flood of made-up keys takes a connection from a booking.

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
  /** Closed with the access. */
  readonly db: Database;
  /** How long known keys go on working while PostgreSQL is away. */
  readonly staleMaxMs: number;
  readonly logger: Logger;
  readonly times?: Partial<KeyTimes>;
}

/** Two connections: one hears of changes, whatever the other looks up. */
export function openKeysDatabase(url: string): Database {
  return openDatabase({
    ...{ url, poolMax: 2, applicationName: 'slotline-api-keys' },
    statementTimeoutMs: KEYS_STATEMENT_MAX_MS,
    lockTimeoutMs: KEYS_STATEMENT_MAX_MS,
    connectTimeoutMs: KEYS_STATEMENT_MAX_MS,
  });
}

/** PostgreSQL may be away: then no key is known, and every key gets the 503 problem. */
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
  // What fails now is tried again and reported by the poll.
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
    // Crowded out since it was judged, by thousands of others: its client comes again.
    queueMicrotask(onEnd);
    return () => undefined;
  };
}

function reporting(logger: Logger, what: string) {
  return {
    onFailing: (cause: unknown) => logger.warn({ err: cause }, `keys: ${what}; known keys go on for now`),
    onWorking: () => logger.info(`keys: no longer true that ${what}`),
  };
}

// The read side's handle on PostgreSQL. Every read is one statement on the primary, so it sees whatever
// was committed before it began.

import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';

import { failing } from './failure.ts';
import { READ_PLAN_SETTINGS } from './plan-settings.ts';
import { openPool } from './pool.ts';
import type { Tables } from './tables.ts';

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most; every process has its own. Default 10. */
  readonly poolMax?: number | undefined;
  readonly applicationName?: string | undefined;
  /** The server stops a read after this long, and the caller gets a retryable error. Default 5,000. */
  readonly statementTimeoutMs?: number | undefined;
  /** How long a statement waits for a lock. Reads wait for migrations only. Default 2,000. */
  readonly lockTimeoutMs?: number | undefined;
  /** How long a read waits for a connection. Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
}

/** Opaque: given to the reads of this package. */
export interface Database {
  readonly kysely: Kysely<Tables>;
  /** The connections that kysely uses, for statements that are prepared under a name. */
  readonly pool: pg.Pool;
  /** Waits for the reads in flight and closes every connection. */
  close(): Promise<void>;
}

/** Connects on first use; a server that is away fails the read, not this call. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = openPool({
    url: options.url,
    poolMax: options.poolMax ?? 10,
    applicationName: options.applicationName ?? 'slotline',
    statementTimeoutMs: options.statementTimeoutMs ?? 5_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 2_000,
    idleInTransactionTimeoutMs: 5_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    settings: READ_PLAN_SETTINGS,
  });
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  let closing: Promise<void> | undefined;
  return { kysely, pool, close: () => (closing ??= closePool(kysely, pool)) };
}

/** Resolves when the server answers, throws a {@link DatabaseError} when it does not. */
export async function pingDatabase(db: Database): Promise<void> {
  await failing(() => sql`select 1`.execute(db.kysely));
}

// Kysely closes the pool only when it was used.
async function closePool(
  kysely: Kysely<Tables>,
  pool: { ended: boolean; ending: boolean; end(): Promise<void> },
) {
  await kysely.destroy();
  if (!pool.ending) await pool.end();
}

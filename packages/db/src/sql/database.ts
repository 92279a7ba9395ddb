// The connection pool for reads. Every read is one statement on the primary, so it sees everything committed before
// the statement began.

import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';

import { failing } from './failure.ts';
import { READ_PLAN_SETTINGS } from './plan-settings.ts';
import { openPool } from './pool.ts';
import type { Tables } from './tables.ts';

export interface DatabaseOptions {
  readonly url: string;
  /** The most connections of this process. Default 10. */
  readonly poolMax?: number | undefined;
  readonly applicationName?: string | undefined;
  /** The server cancels a longer statement, and the caller gets a retryable error. Default 5,000. */
  readonly statementTimeoutMs?: number | undefined;
  /** How long a statement waits for a lock. Reads wait only for migrations. Default 2,000. */
  readonly lockTimeoutMs?: number | undefined;
  /** How long a read waits for a connection. Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
}

/** Opaque handle that the functions of this package take. */
export interface Database {
  readonly kysely: Kysely<Tables>;
  /** The connections that kysely uses; also runs named prepared statements. */
  readonly pool: pg.Pool;
  /** Waits for reads in flight, then closes every connection. */
  close(): Promise<void>;
}

/** Connects on first use: if the server is unavailable, the first read fails, not this call. */
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

/** Resolves if the server answers; throws a {@link DatabaseError} otherwise. */
export async function pingDatabase(db: Database): Promise<void> {
  await failing(() => sql`select 1`.execute(db.kysely));
}

// Kysely closes the pool only if the pool was used.
async function closePool(
  kysely: Kysely<Tables>,
  pool: { ended: boolean; ending: boolean; end(): Promise<void> },
) {
  await kysely.destroy();
  if (!pool.ending) await pool.end();
}

// Migrates a database to the schema of this build. Concurrent callers wait for each other: one applies the
// migrations in one transaction under kysely's lock, and the others find nothing to do.

import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';

import { openDatabase, type Database } from '../sql/database.ts';
import { DatabaseError, toFailure } from '../sql/failure.ts';
import { listMigrationNames, migrationProvider } from './migrations.ts';
import { listAppliedMigrations } from './schema-state.ts';

/** Statement timeout: a migration may rewrite or index a large table. One hour. */
const MIGRATION_STATEMENT_TIMEOUT_MS = 3_600_000;
/** How long a caller waits for another migration, or for the lock of a table to change. One minute. */
const MIGRATION_LOCK_TIMEOUT_MS = 60_000;

/**
 * Applies the missing migrations and returns the names of those that this call applied. Throws a {@link
 * DatabaseError} with instructions if the server is unavailable, the schema is newer than this build, or btree_gist
 * is missing; the database is then unchanged.
 */
export async function migrateToLatest(
  url: string,
  options: { report?: ((line: string) => void) | undefined } = {},
): Promise<{ applied: readonly string[] }> {
  const db = openDatabase({
    url,
    poolMax: 1,
    applicationName: 'slotline-migrate',
    statementTimeoutMs: MIGRATION_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: MIGRATION_LOCK_TIMEOUT_MS,
  });
  try {
    await refuseNewerSchema(db);
    await refuseMissingExtension(db);
    return { applied: await applyMissing(db, options.report ?? (() => {})) };
  } catch (error) {
    throw explained(toFailure(error));
  } finally {
    await db.close();
  }
}

async function applyMissing(db: Database, report: (line: string) => void): Promise<readonly string[]> {
  const migrator = new Migrator({ db: db.kysely, provider: migrationProvider });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error('the migrator failed', { cause: error });
  for (const { migrationName } of results) report(`applied ${migrationName}`);
  if (results.length === 0) report('nothing to apply: the schema is current');
  return results.map(({ migrationName }) => migrationName);
}

async function refuseNewerSchema(db: Database): Promise<void> {
  const known = await listMigrationNames();
  const unknown = (await listAppliedMigrations(db)).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new DatabaseError(
    `the database has migrations that this build does not know (${unknown.join(', ')}): a newer build migrated ` +
      'it. Run that build, or restore a backup from before the migration; there are no down migrations',
    { meaning: 'broken' },
  );
}

async function refuseMissingExtension(db: Database): Promise<void> {
  const found = await sql`select 1 from pg_available_extensions where name = 'btree_gist'`.execute(db.kysely);
  if (found.rows.length > 0) return;
  throw new DatabaseError(
    'the PostgreSQL server lacks the extension btree_gist, which the migrations need: ' +
      'install its contrib package (postgresql-contrib)',
    { meaning: 'broken' },
  );
}

function explained(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.cause === undefined) return error;
  const advice =
    error.meaning === 'unavailable'
      ? 'cannot reach PostgreSQL for the migration. Is the server running, and is the URL right?'
      : 'the migration failed and changed nothing';
  return new DatabaseError(`${advice} (${error.message})`, { meaning: error.meaning, cause: error.cause });
}

// Brings a database to the schema of this build. Callers at the same time wait for each other: one applies
// the migrations, in one transaction under kysely's lock, and the others find nothing left to do.

import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';

import { openDatabase, type Database } from './database.ts';
import { DatabaseError, toFailure } from './failure.ts';
import { listMigrationNames, migrationProvider } from './migrations.ts';
import { listAppliedMigrations } from './schema-state.ts';

/** A migration may rewrite or index a large table. Default of one statement: an hour. */
const MIGRATION_STATEMENT_TIMEOUT_MS = 3_600_000;
/** How long a caller waits for another that migrates, or for the table it changes. Default: a minute. */
const MIGRATION_LOCK_TIMEOUT_MS = 60_000;

/**
 * Applies what is missing and returns the names of what this call applied. Throws a {@link DatabaseError}
 * that says what to do when the server is away, the schema is newer than this build, or btree_gist is missing;
 * the database is then as it was.
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
    `the database has migrations this build does not know (${unknown.join(', ')}): it was migrated by a ` +
      'newer build. Run that build, or restore a backup from before it; there is no way back down',
    { meaning: 'broken' },
  );
}

async function refuseMissingExtension(db: Database): Promise<void> {
  const found = await sql`select 1 from pg_available_extensions where name = 'btree_gist'`.execute(db.kysely);
  if (found.rows.length > 0) return;
  throw new DatabaseError(
    'the PostgreSQL server lacks the extension btree_gist, which keeps appointments from overlapping: ' +
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

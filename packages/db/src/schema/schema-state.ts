// Compares the schema of a database with the migrations of this build.

import { sql } from 'kysely';

import type { Database } from '../sql/database.ts';
import { failing } from '../sql/failure.ts';
import { listMigrationNames } from './migrations.ts';

/** `ahead`: a newer build migrated it, and this build must not use it. */
export type SchemaState = 'current' | 'behind' | 'ahead' | 'empty';

export async function schemaState(db: Database): Promise<SchemaState> {
  const [known, applied] = await Promise.all([listMigrationNames(), listAppliedMigrations(db)]);
  if (applied.length === 0) return 'empty';
  if (applied.some((name) => !known.includes(name))) return 'ahead';
  return applied.length < known.length ? 'behind' : 'current';
}

/** Names of the migrations applied to the database, oldest first; `[]` if none were. */
export async function listAppliedMigrations(db: Database): Promise<readonly string[]> {
  return failing(async () => {
    const table = await sql<{ name: string | null }>`select to_regclass('kysely_migration') as name`.execute(
      db.kysely,
    );
    if (table.rows[0]?.name == null) return [];
    const rows = await db.kysely.selectFrom('kysely_migration').select('name').orderBy('name').execute();
    return rows.map(({ name }) => name);
  });
}

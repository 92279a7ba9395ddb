// The migrations of this build: the SQL files in the package's `migrations` folder, in the order of their names.
// There are no down migrations; a later migration reverts an earlier one.

import { readdir, readFile } from 'node:fs/promises';

import { sql } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';

// The same relative path from `src` and from `dist`.
const FOLDER = new URL('../../migrations/', import.meta.url);
const FILE_NAME = /^(\d{4}_[a-z\d_]+)\.sql$/;

/** The names, oldest first. */
export async function listMigrationNames(): Promise<readonly string[]> {
  const files = await readdir(FOLDER);
  return files.flatMap((file) => FILE_NAME.exec(file)?.[1] ?? []).toSorted();
}

export const migrationProvider: MigrationProvider = {
  async getMigrations() {
    const names = await listMigrationNames();
    const migrations = await Promise.all(names.map(readMigration));
    return Object.fromEntries<Migration>(migrations);
  },
};

async function readMigration(name: string): Promise<[string, Migration]> {
  const text = await readFile(new URL(`${name}.sql`, FOLDER), 'utf8');
  // Without parameters the driver sends the whole file in one message, and it runs in kysely's transaction.
  return [name, { up: async (db) => void (await sql.raw(text).execute(db)) }];
}

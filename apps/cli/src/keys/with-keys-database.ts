// The `keys` commands write to the database directly, because the first key must be created before any key
// gives access to the API. Without DATABASE_URL it is the database of the `slotline up` that runs on this
// machine.

import path from 'node:path';
import { openDatabase, schemaState, type Database } from '@slotline/db';
import { findRunningPostgres } from '@slotline/embedded';
import { printable } from '@slotline/runtime';
import { CliError } from '../cli-error.ts';
import { readKeysConfig } from '../config.ts';

/** Throws a `CliError` that says what to do when there is no database or its schema has another version. */
export async function withKeysDatabase<T>(
  environment: NodeJS.ProcessEnv,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const db = openDatabase({ url: findUrl(environment), poolMax: 1, applicationName: 'slotline-keys' });
  try {
    await refuseOtherSchema(db);
    return await work(db);
  } finally {
    await db.close();
  }
}

function findUrl(environment: NodeJS.ProcessEnv): string {
  const { databaseUrl, dataDir } = readKeysConfig(environment);
  const url = databaseUrl ?? findRunningPostgres(path.join(dataDir, 'postgres'));
  if (url !== undefined) return url;
  throw new CliError(
    `DATABASE_URL is unset, and no \`slotline up\` runs on ${dataDir}. Start it in another terminal, ` +
      'or set DATABASE_URL to the database of the service.',
  );
}

async function refuseOtherSchema(db: Database): Promise<void> {
  const state = await schemaState(db).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(
      `The database with the keys cannot be reached: ${printable(why)}. Is DATABASE_URL right?`,
    );
  });
  if (state === 'current') return;
  throw new CliError(
    state === 'ahead'
      ? 'The database was migrated by a newer version. Use that version’s command.'
      : 'The database lacks migrations. Run `slotline migrate` on it first.',
  );
}

// How the reads that are written as SQL text are run: one statement, on any connection of the reading pool, whose
// settings hold their plans (`database.ts`).

import { CompiledQuery } from 'kysely';

import type { Database } from './database.ts';
import { failing } from './failure.ts';

/** What a read can be given; an array becomes an array of SQL, of the type that the statement casts it to. */
type Value = string | number | null | readonly (string | number)[];

/** The rows of one statement. Throws failures of this package. */
export async function readRows<Row>(db: Database, text: string, values: readonly Value[]): Promise<Row[]> {
  const { rows } = await failing(() => db.kysely.executeQuery<Row>(CompiledQuery.raw(text, [...values])));
  return rows;
}

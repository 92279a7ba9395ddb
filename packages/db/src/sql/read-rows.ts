// Runs reads that are written as SQL text, as named prepared statements, so each connection plans each of them
// once. The settings of the read pool fix those plans (`database.ts`); planning some of them takes longer than
// running them.

import type { Database } from './database.ts';
import { failing } from './failure.ts';

export interface ReadStatement {
  /** Must be unique per `text`. */
  readonly name: string;
  readonly text: string;
}

/** A parameter of a read. An array becomes an SQL array of the type that the statement casts it to. */
export type ReadValue = string | number | null | readonly (string | number)[];

/** Returns the rows of one statement. Throws failures of this package. */
export async function readRows<Row extends object>(
  db: Database,
  { name, text }: ReadStatement,
  values: readonly ReadValue[],
): Promise<Row[]> {
  const { rows } = await failing(() => db.pool.query<Row>({ name, text, values: [...values] }));
  return rows;
}

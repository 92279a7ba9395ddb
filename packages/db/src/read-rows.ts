// How the reads that are written as SQL text are run: named prepared statements, so that a connection plans each of
// them once. The settings of the reading pool hold those plans (`database.ts`); planning some would take longer than
// running them.

import type { Database } from './database.ts';
import { failing } from './failure.ts';

export interface ReadStatement {
  /** One name, one text. */
  readonly name: string;
  readonly text: string;
}

/** What a read can be given; an array becomes an array of SQL, of the type that the statement casts it to. */
export type ReadValue = string | number | null | readonly (string | number)[];

/** The rows of one statement. Throws failures of this package. */
export async function readRows<Row extends object>(
  db: Database,
  { name, text }: ReadStatement,
  values: readonly ReadValue[],
): Promise<Row[]> {
  const { rows } = await failing(() => db.pool.query<Row>({ name, text, values: [...values] }));
  return rows;
}

// One prepared statement that inserts any number of rows: each column comes as one array.

import type { Element } from './binary-array.ts';
import { toColumns, type ColumnTypes, type Statement } from './statement.ts';

/** A row for {@link bulkInsert}. Instants are milliseconds. */
export type BulkRow<Name extends string> = Readonly<Record<Name, Element>>;

/** Makes the statement's maker. `table` and `columns` are constants of this package, never input. */
export function bulkInsert<Name extends string>(
  table: string,
  columns: ColumnTypes<Name>,
): (rows: readonly BulkRow<Name>[]) => Statement {
  const names = Object.keys(columns) as Name[];
  const arrays = names.map((name, at) => `$${at + 1}::${columns[name]}[]`);
  const text = `insert into ${table} (${names.join(', ')}) select * from unnest(${arrays.join(', ')})`;
  return (rows) => ({ name: `insert-${table}`, text, values: toColumns(rows, columns) });
}

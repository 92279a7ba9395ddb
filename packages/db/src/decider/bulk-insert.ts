// One prepared statement that inserts any number of rows: each column comes as one array.

import { toColumns, type Statement } from './statement.ts';

/** Column name → the SQL type of its values. */
type ColumnTypes<Name extends string> = Readonly<Record<Name, string>>;

/** A row for {@link bulkInsert}: text, numbers and `null`, as the driver sends them. */
export type BulkRow<Name extends string> = Readonly<Record<Name, string | number | null>>;

/** Makes the statement's maker. `table` and `columns` are constants of this package, never input. */
export function bulkInsert<Name extends string>(
  table: string,
  columns: ColumnTypes<Name>,
): (rows: readonly BulkRow<Name>[]) => Statement {
  const names = Object.keys(columns) as Name[];
  const arrays = names.map((name, at) => `$${at + 1}::${columns[name]}[]`);
  const text = `insert into ${table} (${names.join(', ')}) select * from unnest(${arrays.join(', ')})`;
  return (rows) => ({ name: `insert-${table}`, text, values: toColumns(rows, names) });
}

// Statements that insert any number of rows, with one array per column. Most columns of a group have a single value
// (its org, `booked`, version 1, no metadata) and are sent as one element; a column that varies counts the rows.

import type { Element } from './binary-array.ts';
import { toBinaryArray } from './binary-array.ts';
import type { ColumnTypes, Statement } from './statement.ts';

/** A row to insert. Instants are milliseconds. */
export type BulkRow<Name extends string> = Readonly<Record<Name, Element>>;

export interface BulkRows<Name extends string> {
  /** A query that returns the rows, with its columns in the order of the types. */
  readonly query: string;
  readonly toValues: (rows: readonly BulkRow<Name>[]) => readonly Buffer[];
}

/**
 * Rows as parameters. The column `counted` is always sent in full. It should differ between rows and be the widest,
 * because subscripting a text array scans the elements before the one wanted. All names are constants, never input.
 */
export function bulkRows<Name extends string>(
  types: ColumnTypes<Name>,
  counted: NoInfer<Name>,
): BulkRows<Name> {
  const names = Object.keys(types) as Name[];
  const array = (name: Name) => `$${names.indexOf(name) + 1}::${types[name]}[]`;
  // A column of nulls is sent as an empty array; a subscript outside an array yields null.
  const columns = names.map((name) =>
    name === counted ? name : `(${array(name)})[least(at::int, cardinality(${array(name)}))] as ${name}`,
  );
  return {
    query: `select ${columns.join(', ')} from unnest(${array(counted)}) with ordinality as k(${counted}, at)`,
    toValues: (rows) =>
      names.map((name) => {
        const values = rows.map((row) => row[name]);
        return toBinaryArray(types[name], name === counted ? values : shortened(values));
      }),
  };
}

function shortened(values: readonly Element[]): readonly Element[] {
  const [first = null] = values;
  if (values.some((value) => value !== first)) return values;
  return first === null ? [] : [first];
}

/** Returns a function that builds the statement inserting rows into a table. */
export function bulkInsert<Name extends string>(
  table: string,
  types: ColumnTypes<Name>,
  counted: NoInfer<Name>,
): (rows: readonly BulkRow<Name>[]) => Statement {
  const { query, toValues } = bulkRows(types, counted);
  const text = `insert into ${table} (${Object.keys(types).join(', ')}) ${query}`;
  return (rows) => ({ name: `insert-${table}`, text, values: toValues(rows) });
}

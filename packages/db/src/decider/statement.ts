// Named prepared statements, sent several at once in one round trip. The decider speaks to pg directly
// because kysely compiles no named statements, and parsing and planning would cost more than the work.
// Measured against one after the other, over loopback: twice the rows/s in groups of 1 to 100.

import { toBinaryArray, type Element, type ElementType } from './binary-array.ts';

export interface Statement {
  /** Of the prepared statement: one name, one text. */
  readonly name: string;
  readonly text: string;
  /** Scalars; arrays only as `toBinaryArray` writes them. */
  readonly values: readonly (Element | Buffer)[];
}

export type Row = Readonly<Record<string, unknown>>;

/** The level is named, because a database or a role may have another default: see `load-group.ts`. */
export const BEGIN: Statement = { name: 'begin', text: 'begin isolation level read committed', values: [] };
export const COMMIT: Statement = { name: 'commit', text: 'commit', values: [] };

/** Column name → the SQL type of its values. */
export type ColumnTypes<Name extends string> = Readonly<Record<Name, ElementType>>;

/**
 * The values of a column-wise statement, in the order of `types`: one array for each column, for `unnest`. A column
 * of nulls alone is an empty array, because `unnest` fills up with nulls whatever is shorter.
 */
export function toColumns<Name extends string>(
  rows: readonly Readonly<Record<NoInfer<Name>, Element>>[],
  types: ColumnTypes<Name>,
): readonly Buffer[] {
  return (Object.keys(types) as Name[]).map((name) => {
    const values = rows.map((row) => row[name]);
    return toBinaryArray(types[name], values.every(isNull) ? [] : values);
  });
}

function isNull(value: Element): boolean {
  return value === null;
}

// Named prepared statements, sent several at once in one round trip. The decider uses pg directly because kysely
// has no named statements, and parsing and planning would cost more than running them. Measured over loopback
// against one statement after the other: twice the rows/s in groups of 1 to 100.

import { toBinaryArray, type Element, type ElementType } from './binary-array.ts';

export interface Statement {
  /** Name of the prepared statement; must be unique per `text`. */
  readonly name: string;
  readonly text: string;
  /** Scalars, or arrays as encoded by `toBinaryArray`. */
  readonly values: readonly (Element | Buffer)[];
}

export type Row = Readonly<Record<string, unknown>>;

/** The level is explicit, because a database or role may have another default; see `load-group.ts`. */
export const BEGIN: Statement = { name: 'begin', text: 'begin isolation level read committed', values: [] };
export const COMMIT: Statement = { name: 'commit', text: 'commit', values: [] };

/** Column name → the SQL type of its values. */
export type ColumnTypes<Name extends string> = Readonly<Record<Name, ElementType>>;

/**
 * The values of a column-wise statement, in the order of `types`: one array per column, for `unnest`. A column of
 * nulls is an empty array, because `unnest` fills shorter arrays with nulls.
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

// Conversion of instants between JavaScript and SQL, exact to the millisecond up to the year 9999: ISO text in,
// whole milliseconds out. `to_timestamp(float)` and interval arithmetic use doubles of seconds, which are inexact
// beyond the year 2255, so neither is used.

import type { Instant } from '@slotline/core';
import { sql, type Expression, type RawBuilder } from 'kysely';

/** A column's instant in milliseconds. `extract` returns an exact numeric since PostgreSQL 14. */
export function epochMsText(column: string): string {
  return `(extract(epoch from ${column}) * 1000)::bigint`;
}

/** {@link epochMsText} as an expression of a kysely query. */
export function epochMs(column: Expression<unknown>): RawBuilder<Instant> {
  return sql<Instant>`(extract(epoch from ${column}) * 1000)::bigint`;
}

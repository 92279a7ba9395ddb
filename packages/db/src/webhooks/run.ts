// How the webhook tables are spoken to: SQL as text, one statement at a time, or several in a transaction whose
// plans do not depend on statistics.

import { CompiledQuery, type Kysely } from 'kysely';

import type { Database } from '../database.ts';
import { toArrayLiteral } from '../decider/array-literal.ts';
import { PLAN_SETTINGS } from '../decider/decider.ts';
import { failing } from '../failure.ts';
import type { Tables } from '../tables.ts';

/** A connection, within a transaction or not. */
export type Session = Kysely<Tables>;

type Value = string | number | boolean | null;

/** Runs one statement and returns its rows. Arrays only as {@link toArrayLiteral} writes them. */
export async function run<Row>(session: Session, text: string, values: readonly Value[]): Promise<Row[]> {
  const { rows } = await session.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return rows;
}

/** {@link run} outside of a transaction. Throws failures of this package. */
export async function runAlone<Row>(db: Database, text: string, values: readonly Value[]): Promise<Row[]> {
  return failing(() => run<Row>(db.kysely, text, values));
}

type Settings = Readonly<Record<string, string>>;

const setLocal = (settings: Settings) =>
  `select ${Object.entries(settings)
    .map(([name, value]) => `set_config('${name}', '${value}', true)`)
    .join(', ')}`;

const DURABLE = setLocal(PLAN_SETTINGS);
const LAZY = setLocal({ ...PLAN_SETTINGS, synchronous_commit: 'off' });

/**
 * Runs `work` in a transaction, with look-ups forced as in the deciding one: a queue's table is empty when its
 * statistics are taken as often as not. Commits what `work` returns from, rolls back what it throws from, and
 * throws failures of this package.
 */
export async function transact<T>(db: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return transactWith(db, DURABLE, work);
}

/**
 * {@link transact} that does not wait for the disk. A server that crashes may forget the last of these, all that
 * came after them included: whoever uses it must do it again then and do no harm. A fan-out is made anew, and an
 * attempt is at worst sent twice (P11). It keeps the fsyncs for those who wait for them.
 */
export async function transactLazily<T>(db: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return transactWith(db, LAZY, work);
}

async function transactWith<T>(
  db: Database,
  settings: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return failing(() =>
    db.kysely
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (session) => {
        await run(session, settings, []);
        return work(session);
      }),
  );
}

/** Makes a transaction durable that was begun without. */
export const WAIT_FOR_DISK = setLocal({ synchronous_commit: 'on' });

/** One array literal for each column of the rows, for `unnest`. */
export function toArrays<Name extends string>(
  rows: readonly Readonly<Record<Name, string | number | null>>[],
  ...columns: readonly Name[]
): readonly string[] {
  return columns.map((column) => toArrayLiteral(rows.map((row) => row[column])));
}

/** The server's time as it is recorded: whole milliseconds. */
export const NOW = "date_trunc('milliseconds', statement_timestamp())";

/** That many milliseconds from now, by the server's clock. `place` is a parameter. */
export function nowPlusMs(place: string): string {
  return `${NOW} + ${place}::bigint * interval '1 millisecond'`;
}

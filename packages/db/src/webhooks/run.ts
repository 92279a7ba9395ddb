// How the webhook tables are spoken to: SQL as text, one statement at a time, alone or several in a transaction, or
// several together in one round trip. The plans are forced for the whole connection (`READ_PLAN_SETTINGS`): a queue's
// table is empty when its statistics are taken as often as not.

import type pg from 'pg';

import type { Database } from '../database.ts';
import { toArrayLiteral } from '../decider/array-literal.ts';
import { sendTogether, type Answer } from '../decider/round-trip.ts';
import { BEGIN, COMMIT, type Statement } from '../decider/statement.ts';
import { expectCommit, withClient } from '../decider/transaction.ts';
import { failing } from '../failure.ts';

/** A connection, within a transaction or not. */
export type Session = Pick<pg.ClientBase, 'query'>;

type Value = string | number | boolean | null;

/** Runs one statement and returns its rows. Arrays only as {@link toArrayLiteral} writes them. */
export async function run<Row extends object>(
  session: Session,
  text: string,
  values: readonly Value[],
): Promise<Row[]> {
  return (await session.query<Row>(text, [...values])).rows;
}

/**
 * {@link run} of a statement that is planned once a connection, for those that run for every delivery: planning
 * costs three times what they cost. Its plan must be right on empty tables too. One name, one text.
 */
export async function runPrepared<Row extends object>(
  session: Session,
  { name, text }: { name: string; text: string },
  values: readonly Value[],
): Promise<Row[]> {
  return (await session.query<Row>({ name, text, values: [...values] })).rows;
}

/** {@link run} outside of a transaction. Throws failures of this package. */
export async function runAlone<Row extends object>(
  db: Database,
  text: string,
  values: readonly Value[],
): Promise<Row[]> {
  return failing(async () => (await db.pool.query<Row>(text, [...values])).rows);
}

/** How long a transaction may take in all, a silent network included. */
const DEADLINE_MS = 15_000;

const NOT_WAITING = { name: 'not-waiting', text: 'set local synchronous_commit = off', values: [] };

const DURABLY = BEGIN.text;
const LAZILY = `${BEGIN.text}; ${NOT_WAITING.text}`;

/**
 * Runs `work` in a transaction. Commits what `work` returns from, rolls back what it throws from, and throws
 * failures of this package.
 */
export async function transact<T>(db: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return transactAfter(db, DURABLY, work);
}

/**
 * {@link transact} that does not wait for the disk. A server that crashes may forget the last of these, all that
 * came after them included: whoever uses it must do it again then and do no harm. A fan-out is made anew, and an
 * attempt is at worst sent twice (P11). It leaves the fsyncs to those who have to wait for them.
 */
export async function transactLazily<T>(db: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return transactAfter(db, LAZILY, work);
}

/** What each of several statements returned. `Rows` names the row of each. */
type Answers<Rows extends readonly unknown[]> = { readonly [At in keyof Rows]: readonly Rows[At][] };
type Statements<Rows extends readonly unknown[]> = { readonly [At in keyof Rows]: Statement };

/**
 * Several prepared statements that need nothing of each other's answers, in one round trip: that costs more than a
 * look-up does.
 */
export async function runTogether<Rows extends readonly unknown[]>(
  db: Database,
  statements: Statements<Rows>,
): Promise<Answers<Rows>> {
  const answers = await askTogether(db, statements);
  return answers.map(({ rows }) => rows) as Answers<Rows>;
}

/** {@link runTogether} as a transaction, its COMMIT in the same round trip. */
export function transactTogether<Rows extends readonly unknown[]>(
  db: Database,
  statements: Statements<Rows>,
): Promise<Answers<Rows>> {
  return transactAmong(db, [BEGIN], statements);
}

/** {@link transactTogether} that, like {@link transactLazily}, does not wait for the disk. */
export function transactTogetherLazily<Rows extends readonly unknown[]>(
  db: Database,
  statements: Statements<Rows>,
): Promise<Answers<Rows>> {
  return transactAmong(db, [BEGIN, NOT_WAITING], statements);
}

async function transactAmong<Rows extends readonly unknown[]>(
  db: Database,
  before: readonly Statement[],
  statements: Statements<Rows>,
): Promise<Answers<Rows>> {
  const answers = await askTogether(db, [...before, ...statements, COMMIT]);
  expectCommit(answers.at(-1)?.command);
  return answers.slice(before.length, -1).map(({ rows }) => rows) as Answers<Rows>;
}

function askTogether(db: Database, statements: readonly Statement[]): Promise<readonly Answer[]> {
  return withClient(db.pool, DEADLINE_MS, (client) => sendTogether(client, statements));
}

/** Makes a transaction durable that was begun without. */
export const WAIT_FOR_DISK = 'set local synchronous_commit = on';

async function transactAfter<T>(
  db: Database,
  begin: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withClient(db.pool, DEADLINE_MS, async (client) => {
    await client.query(begin);
    const result = await work(client);
    expectCommit((await client.query('commit')).command);
    return result;
  });
}

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

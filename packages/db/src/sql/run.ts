// Runs SQL text on the webhook tables: one statement, a transaction of several, or several in one round trip. Plans
// are forced for the whole connection (`READ_PLAN_SETTINGS`), because a queue's table is often empty when its
// statistics are taken.

import type pg from 'pg';

import type { Database } from './database.ts';
import { toArrayLiteral } from './array-literal.ts';
import { sendTogether, type Answer } from './round-trip.ts';
import { BEGIN, COMMIT, type Statement } from './statement.ts';
import { expectCommit, withClient } from './with-client.ts';
import { failing } from './failure.ts';

/** A connection, inside a transaction or not. */
export type Session = Pick<pg.ClientBase, 'query'>;

type Value = string | number | boolean | null;

/** Runs one statement and returns its rows. Arrays must be encoded by {@link toArrayLiteral}. */
export async function run<Row extends object>(
  session: Session,
  text: string,
  values: readonly Value[],
): Promise<Row[]> {
  return (await session.query<Row>(text, [...values])).rows;
}

/**
 * {@link run} for statements that run for every delivery: planned once per connection, because planning costs three
 * times the execution. The plan must be right on empty tables too. `name` must be unique per `text`.
 */
export async function runPrepared<Row extends object>(
  session: Session,
  { name, text }: { name: string; text: string },
  values: readonly Value[],
): Promise<Row[]> {
  return (await session.query<Row>({ name, text, values: [...values] })).rows;
}

/** {@link run} outside a transaction. Throws failures of this package. */
export async function runAlone<Row extends object>(
  db: Database,
  text: string,
  values: readonly Value[],
): Promise<Row[]> {
  return failing(async () => (await db.pool.query<Row>(text, [...values])).rows);
}

/** Time limit of a transaction in total, including a network that does not respond. */
const DEADLINE_MS = 15_000;

const NOT_WAITING = { name: 'not-waiting', text: 'set local synchronous_commit = off', values: [] };

const DURABLY = BEGIN.text;
const LAZILY = `${BEGIN.text}; ${NOT_WAITING.text}`;

/**
 * Runs `work` in a transaction. Commits when `work` returns and rolls back when it throws. Throws failures of this
 * package.
 */
export async function transact<T>(db: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return transactAfter(db, DURABLY, work);
}

/**
 * {@link transact} without waiting for the disk. A crash of the server may lose the latest of these transactions,
 * including all that came after them, so callers must be able to repeat them safely. A fan-out is made again; at
 * worst an attempt is sent twice (P11). This leaves the fsyncs to transactions that must wait for them.
 */
export async function transactLazily<T>(db: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return transactAfter(db, LAZILY, work);
}

/** The rows of each of several statements. `Rows` names their types. */
type Answers<Rows extends readonly unknown[]> = { readonly [At in keyof Rows]: readonly Rows[At][] };
type Statements<Rows extends readonly unknown[]> = { readonly [At in keyof Rows]: Statement };

/** Runs several independent prepared statements in one round trip, which costs more than a look-up. */
export async function runTogether<Rows extends readonly unknown[]>(
  db: Database,
  statements: Statements<Rows>,
): Promise<Answers<Rows>> {
  const answers = await askTogether(db, statements);
  return answers.map(({ rows }) => rows) as Answers<Rows>;
}

/** {@link runTogether} as a transaction, with its COMMIT in the same round trip. */
export function transactTogether<Rows extends readonly unknown[]>(
  db: Database,
  statements: Statements<Rows>,
): Promise<Answers<Rows>> {
  return transactAmong(db, [BEGIN], statements);
}

/** {@link transactTogether} without waiting for the disk, like {@link transactLazily}. */
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

/** Makes a transaction durable that began without waiting for the disk. */
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

/** Returns one array literal per column of the rows, for `unnest`. */
export function toArrays<Name extends string>(
  rows: readonly Readonly<Record<Name, string | number | null>>[],
  ...columns: readonly Name[]
): readonly string[] {
  return columns.map((column) => toArrayLiteral(rows.map((row) => row[column])));
}

/** The server's time as it is recorded, in whole milliseconds. */
export const NOW = "date_trunc('milliseconds', statement_timestamp())";

/** That many milliseconds from now, by the server's clock. `place` is a parameter such as `$2`. */
export function nowPlusMs(place: string): string {
  return `${NOW} + ${place}::bigint * interval '1 millisecond'`;
}

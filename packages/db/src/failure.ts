// What a failed database call means, in one table by SQLSTATE, and whether trying again can help.
// Invariant: only a fault of the data itself is terminal. Everything else, the unknown included, keeps the
// request waiting: a terminal failure gets a request quarantined, and that cannot be taken back.

import { types } from 'node:util';

import pg from 'pg';

/**
 * `again` lost a race, at once another try may win; `busy` waited too long; `unavailable` no connection,
 * so whether a COMMIT happened is unknown; `broken` the schema, the privileges or the server need an
 * operator; `overlap` the exclusion constraint spoke; `refused` the data can never be stored.
 */
export type Meaning = 'again' | 'busy' | 'unavailable' | 'broken' | 'overlap' | 'refused';

// By whole SQLSTATE first, then by its class.
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '40001': 'again', // serialization_failure
  '40P01': 'again', // deadlock_detected
  // Under the org's lock nobody else writes these keys. Should a writer pass the lock by, its row is found
  // by primary key on the next try.
  '23505': 'again', // unique_violation
  '23503': 'again', // foreign_key_violation: the version before is not there
  '55P03': 'busy', // lock_not_available: lock_timeout
  '57014': 'busy', // query_canceled: statement_timeout
  '25P03': 'unavailable', // idle_in_transaction_session_timeout
  '25P04': 'unavailable', // transaction_timeout
  '25006': 'unavailable', // read_only_sql_transaction: a standby, before or after a failover
  '23P01': 'overlap', // exclusion_violation
  '08': 'unavailable', // connection exceptions
  '57': 'unavailable', // operator intervention: shutdown, crash, starting up
  '53': 'unavailable', // out of connections, memory, disk
  '58': 'broken', // system errors
  '22': 'refused', // data exceptions
  '23': 'refused', // not null, check
  '54': 'refused', // program limits: a row too large for its index
};

/** Any failure of this package, with the cause kept. `sqlState` is absent when the server did not speak. */
export class DatabaseError extends Error {
  readonly meaning: Meaning;
  readonly sqlState: string | undefined;

  constructor(message: string, options: { meaning: Meaning; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.meaning = options.meaning;
    this.sqlState = options.cause instanceof pg.DatabaseError ? options.cause.code : undefined;
  }
}

/** Nothing is known to be wrong with the requests: the same call may succeed later. */
export class RetryableError extends DatabaseError {}

/** The server cannot be reached or went away. A transaction cut off at COMMIT may have happened. */
export class UnavailableError extends RetryableError {}

/** The same call can never succeed: something in the data cannot be stored. */
export class TerminalError extends DatabaseError {}

/** Whether the same call may succeed later. `false` for errors that are not of this package. */
export function isRetryable(error: unknown): boolean {
  return error instanceof RetryableError;
}

/**
 * The failure that a caught error of a database call means. Errors of this package and programmer's errors
 * come back as they are; what the driver says without a SQLSTATE is a lost connection.
 */
export function toFailure(error: unknown): unknown {
  if (error instanceof DatabaseError || !types.isNativeError(error) || isProgrammersError(error))
    return error;
  const meaning = error instanceof pg.DatabaseError ? meaningOf(error.code ?? '') : 'unavailable';
  const options = { meaning, cause: error };
  if (meaning === 'refused' || meaning === 'overlap') return new TerminalError(error.message, options);
  return meaning === 'unavailable'
    ? new UnavailableError(error.message, options)
    : new RetryableError(error.message, options);
}

/** Runs a database call, with {@link toFailure} applied to what it throws. */
export async function failing<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFailure(error);
  }
}

function meaningOf(sqlState: string): Meaning {
  return MEANINGS[sqlState] ?? MEANINGS[sqlState.slice(0, 2)] ?? 'broken';
}

function isProgrammersError(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

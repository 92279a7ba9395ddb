// Classifies failed database calls by SQLSTATE, in one table, and says whether a retry can help. Invariant: only a
// fault of the data is terminal. All other errors, including unknown ones, leave the request queued, because a
// terminal failure quarantines a request irrevocably.

import { types } from 'node:util';

import pg from 'pg';

/**
 * `again`: lost a race, an immediate retry may succeed. `busy`: waited too long. `unavailable`: no connection, so
 * it is unknown whether a COMMIT happened. `broken`: the schema, the privileges or the server need an operator.
 * `overlap`: the exclusion constraint refused a row. `refused`: the data can never be stored.
 */
export type Meaning = 'again' | 'busy' | 'unavailable' | 'broken' | 'overlap' | 'refused';

// The full SQLSTATE is looked up first, then its class.
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '40001': 'again', // serialization_failure
  '40P01': 'again', // deadlock_detected
  // Only the holder of the org's lock writes these keys. If another writer bypasses the lock, the next try finds
  // its row by primary key.
  '23505': 'again', // unique_violation
  '23503': 'again', // foreign_key_violation: the previous version is missing
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

/** Any failure of this package, with its cause. `sqlState` is absent if the error did not come from the server. */
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

/** No fault of the requests is known; the same call may succeed later. */
export class RetryableError extends DatabaseError {}

/**
 * The server is unreachable or the connection broke. A transaction interrupted at COMMIT may have been committed.
 */
export class UnavailableError extends RetryableError {}

/** The same call can never succeed: part of its data cannot be stored. */
export class TerminalError extends DatabaseError {}

/** Whether the same call may succeed later. `false` for errors of other packages. */
export function isRetryable(error: unknown): boolean {
  return error instanceof RetryableError;
}

/**
 * Converts an error thrown by a database call to a failure. Errors of this package and programming errors are
 * returned unchanged. A driver error without a SQLSTATE is a lost connection.
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

/** Runs a database call and converts what it throws with {@link toFailure}. */
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

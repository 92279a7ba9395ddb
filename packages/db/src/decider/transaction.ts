// A client for the length of one transaction, given back clean or not at all.

import type pg from 'pg';

import { DatabaseError, RetryableError, toFailure, UnavailableError } from '../failure.ts';

/**
 * Lends a client to `work`, which begins and commits. When `work` fails, the transaction is rolled back; a
 * client whose rollback fails, whose session is in doubt, or that does not answer for `deadlineMs` in all, is closed and never used
 * again. Throws failures of this package.
 */
export async function withClient<T>(
  pool: pg.Pool,
  deadlineMs: number,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await connect(pool);
  // Server-side timeouts do not help against a network that swallows the answer.
  const deadline = setTimeout(() => {
    const late = new UnavailableError(`no answer in ${deadlineMs} ms`, { meaning: 'unavailable' });
    client.connection.stream.destroy(late);
  }, deadlineMs);
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    const failure = toFailure(error);
    client.release((await rollBack(client)) ?? (isOfSession(failure) ? failure : undefined));
    throw failure;
  } finally {
    clearTimeout(deadline);
  }
}

/** Throws unless that is what a COMMIT was answered: the server answers that of an aborted transaction with ROLLBACK, and no error. */
export function expectCommit(command: string | undefined): void {
  if (command === 'COMMIT') return;
  throw new RetryableError('the transaction was rolled back at its COMMIT', { meaning: 'again' });
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toFailure(error);
  }
}

// Returns why the client must not be used again, if so. `I` is what the server says outside a transaction.
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    if (client.getTransactionStatus() !== 'I') await client.query('rollback');
    return client.getTransactionStatus() === 'I' ? undefined : new Error('still in a transaction');
  } catch (error) {
    return error instanceof Error ? error : new Error('the rollback failed', { cause: error });
  }
}

// A prepared statement that a migration made useless, or that a connection pooler lost, would fail for as
// long as its session lives.
function isOfSession(failure: unknown): failure is DatabaseError {
  return failure instanceof DatabaseError && failure.meaning === 'broken';
}

// Lends a client for one transaction. A client returns to the pool only outside a transaction; otherwise it is
// closed.

import type pg from 'pg';

import { DatabaseError, RetryableError, toFailure, UnavailableError } from './failure.ts';

/**
 * Lends a client to `work`, which begins and commits. If `work` fails, the transaction is rolled back. A client is
 * closed and not reused if its rollback fails, its session may be unusable, or it does not answer within
 * `deadlineMs` in total. Throws failures of this package.
 */
export async function withClient<T>(
  pool: pg.Pool,
  deadlineMs: number,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await connect(pool);
  // Server-side timeouts do not help if the network drops the answer.
  const deadline = setTimeout(() => {
    const late = new UnavailableError(`no answer from PostgreSQL within ${deadlineMs} ms`, {
      meaning: 'unavailable',
    });
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

/**
 * Throws unless the answer to COMMIT was `COMMIT`: for an aborted transaction the server answers `ROLLBACK`,
 * without an error.
 */
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

// Returns the reason if the client must not be reused. Status `I` means outside a transaction.
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    if (client.getTransactionStatus() !== 'I') await client.query('rollback');
    return client.getTransactionStatus() === 'I'
      ? undefined
      : new Error('the client is still in a transaction');
  } catch (error) {
    return error instanceof Error ? error : new Error('the rollback failed', { cause: error });
  }
}

// A prepared statement that a migration invalidated, or that a connection pooler lost, would fail as long as its
// session exists.
function isOfSession(failure: unknown): failure is DatabaseError {
  return failure instanceof DatabaseError && failure.meaning === 'broken';
}

// Runs one deciding transaction from its keys to its COMMIT. After a lost race the whole transaction is repeated,
// reads included, because the earlier reads are outdated.

import type pg from 'pg';

import { DatabaseError } from '../sql/failure.ts';
import type { DeciderContext } from './context.ts';
import { toEntries, type AskedRequest } from './entry.ts';
import type { Judge, Judgement } from './judge-group.ts';
import { loadGroup } from './load-group.ts';
import { withClient } from '../sql/with-client.ts';
import { writeGroup } from './write-group.ts';

/**
 * Maximum tries of a transaction that loses races (serialization failure, deadlock, a writer that bypasses the
 * lock).
 */
const TRIES_MAX = 3;

/**
 * Decides the requests with `judge` and resolves after the commit. Throws failures of this package; after a
 * retryable one the same call may be repeated, whether or not this transaction was committed.
 */
export async function transact(
  context: DeciderContext,
  asked: readonly AskedRequest[],
  judge: Judge,
): Promise<Judgement> {
  for (let tries = 1; ; tries++) {
    try {
      return await withClient(context.pool, context.deadlineMs, (client) =>
        run(context, client, asked, judge),
      );
    } catch (error) {
      const isLostRace = error instanceof DatabaseError && error.meaning === 'again';
      if (!isLostRace || tries >= TRIES_MAX) throw error;
    }
  }
}

async function run(
  { keys, failpoint }: DeciderContext,
  client: pg.ClientBase,
  asked: readonly AskedRequest[],
  judge: Judge,
): Promise<Judgement> {
  const entries = await toEntries(client, keys, asked);
  await failpoint('keyed');
  const loaded = await loadGroup(client, entries);
  const judgement = await judge(loaded, entries, client);
  await failpoint('loaded');
  await writeGroup(client, loaded, judgement);
  await failpoint('committed');
  return judgement;
}

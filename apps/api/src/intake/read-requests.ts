// Reading requests back. The order matters: Redis, then PostgreSQL for whatever is not settled in Redis. A
// request leaves Redis only after its outcome is committed, so one that both do not know was never accepted;
// and an outcome that anybody has read from PostgreSQL is never followed by "queued" (P3, P8).

import { QueueUnavailableError } from '@slotline/queue';
import type { Queue } from './accept.ts';
import type { FindRecords } from './find-records.ts';
import { decided, fromItem, type RequestState } from './request-state.ts';

export type ReadRequests = (ids: readonly string[]) => Promise<readonly (RequestState | undefined)[]>;

/**
 * Throws when PostgreSQL is needed and away, because "queued" might be a lie then, and when Redis is away
 * and not all of the requests are decided.
 */
export function createReadRequests({
  queue,
  findRecords,
}: {
  queue: Queue;
  findRecords: FindRecords;
}): ReadRequests {
  return async (ids) => {
    const items = await findItems(queue, ids);
    const open = ids.filter((_id, at) => items.found[at]?.state !== 'settled');
    const records = await findRecords(open);
    return ids.map((id, at) => {
      const record = records.get(id);
      if (record !== undefined) return decided(record);
      if (items.cause !== undefined) throw items.cause;
      const item = items.found[at];
      return item === undefined ? undefined : fromItem(id, item);
    });
  };
}

async function findItems(queue: Queue, ids: readonly string[]) {
  try {
    return { found: await queue.find(ids) };
  } catch (cause) {
    if (cause instanceof QueueUnavailableError) return { found: [], cause };
    throw cause;
  }
}

// Reading requests back. The order matters: Redis, then PostgreSQL for whatever is not settled in Redis. A
// request, and an outcome that is too large for it, leaves Redis only after its outcome is committed, so one that both do not know was never accepted;
// and an outcome that anybody has read from PostgreSQL is never followed by "queued" (P3, P8).

import type { JobText } from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import { ELSEWHERE, QueueUnavailableError, type ItemState } from '@slotline/queue';
import { speaksFor, type Principal } from '../access/principal.ts';
import type { Queue } from './accept.ts';
import type { FindRecords } from './find-records.ts';
import { decided, fromItem, type RequestState } from './request-state.ts';

export type ReadRequests = (
  ids: readonly string[],
  asker: Principal,
) => Promise<readonly (RequestState | undefined)[]>;

/**
 * A request of another org than the asker's is unknown from the first look on, so that the way to its answer, and
 * what goes wrong on the way, are those of an id that nobody has.
 *
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
  return async (ids, asker) => {
    const items = await findItems(queue, ids, asker);
    const open = ids.filter((_id, at) => !isHere(items.found[at]));
    const records = await findRecords(open);
    return ids.map((id, at) => {
      const record = records.get(id);
      if (record !== undefined && speaksFor(asker, record.orgId)) return decided(record);
      if (items.cause !== undefined) throw items.cause;
      const item = items.found[at];
      return item === undefined ? undefined : fromItem(id, item);
    });
  };
}

async function findItems(queue: Queue, ids: readonly string[], asker: Principal) {
  try {
    const found = await queue.find(ids);
    return { found: found.map((item) => (isOwn(asker, item) ? item : undefined)) };
  } catch (cause) {
    if (cause instanceof QueueUnavailableError) return { found: [], cause };
    throw cause;
  }
}

function isHere(item: ItemState<JobText, RequestRecord> | undefined): boolean {
  return item?.state === 'settled' && item.result !== ELSEWHERE;
}

function isOwn(asker: Principal, item: ItemState<JobText, RequestRecord> | undefined): boolean {
  return item !== undefined && speaksFor(asker, item.orgId);
}

// Reads requests: first from Redis, then from PostgreSQL for those not completed in Redis. A request leaves
// Redis only after its outcome is committed, and so does an outcome too large for Redis. So a request that
// neither store has was never accepted, and an outcome read from PostgreSQL is never followed by "queued"
// (P3, P8).

import type { JobText } from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import { ELSEWHERE, QueueUnavailableError, type ItemState } from '@slotline/queue';
import { speaksFor, type Principal } from '../access/principal.ts';
import type { Queue } from './accept.ts';
import type { DecidedRecords } from './decided-records.ts';
import { decided, fromItem, type RequestState } from './request-state.ts';

export interface ReadRequestsContext {
  readonly queue: Pick<Queue, 'find'>;
  readonly records: Pick<DecidedRecords, 'find'>;
}

/**
 * A request of another org than the asker's is dropped right after the first read, so that its response and
 * its failures equal those of an unknown id.
 *
 * Throws when PostgreSQL is needed and unreachable, because "queued" might be wrong then, and when Redis is
 * unreachable and not all requests are decided.
 */
export async function readRequests(
  context: ReadRequestsContext,
  ids: readonly string[],
  asker: Principal,
): Promise<readonly (RequestState | undefined)[]> {
  const items = await findItems(context.queue, ids, asker);
  const open = ids.filter((_id, at) => !isHere(items.found[at]));
  const records = await context.records.find(open);
  return ids.map((id, at) => {
    const record = records.get(id);
    if (record !== undefined && speaksFor(asker, record.orgId)) return decided(record);
    if (items.cause !== undefined) throw items.cause;
    const item = items.found[at];
    return item === undefined ? undefined : fromItem(id, item);
  });
}

async function findItems(queue: ReadRequestsContext['queue'], ids: readonly string[], asker: Principal) {
  try {
    const found = await queue.find(ids);
    return { found: found.map((item) => (isOwn(asker, item) ? item : undefined)) };
  } catch (cause) {
    if (cause instanceof QueueUnavailableError) return { found: [], cause };
    throw cause;
  }
}

function isHere(item: ItemState<JobText, RequestRecord> | undefined): boolean {
  return item?.state === 'completed' && item.result !== ELSEWHERE;
}

function isOwn(asker: Principal, item: ItemState<JobText, RequestRecord> | undefined): boolean {
  return item !== undefined && speaksFor(asker, item.orgId);
}

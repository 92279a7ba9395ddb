// Connects the queue to the deciding transaction. Mailbox entries become requests, poison entries become
// quarantined outcomes. Both are committed in PostgreSQL before the queue may trim the entries.

import { INSTANT_MIN, toInstant } from '@slotline/core';
import { appointmentIdOf, readJob, type Job } from '@slotline/contract';
import type { AcceptedRequest, Decider, RequestRecord } from '@slotline/db';
import type { BuriedItem, WorkBatch, WorkItem } from '@slotline/queue';
import { weightOf, type CommitLanes } from './commit-lanes.ts';

/**
 * Resolves with one record per item, in order, once all are committed. An atomic batch weighs as much as its
 * number of operations, so a mailbox batch may take several consecutive transactions. When a later one fails,
 * the next try finds the requests of the earlier ones already decided.
 */
export async function decideBatch(
  lanes: CommitLanes,
  { orgId, items }: WorkBatch<Job>,
  groupMax: number,
): Promise<readonly RequestRecord[]> {
  const records: RequestRecord[] = [];
  for (const requests of cutByWeight(items.map(toRequest), groupMax)) {
    records.push(...(await lanes.submit({ orgId, requests })));
  }
  return records;
}

/** Parts in order, each of up to `max` operations; a single request may have more. */
function cutByWeight(requests: readonly AcceptedRequest[], max: number): AcceptedRequest[][] {
  const parts: AcceptedRequest[][] = [];
  let weight = max;
  for (const request of requests) {
    const own = weightOf(request);
    if (weight + own > max) {
      parts.push([]);
      weight = 0;
    }
    parts.at(-1)?.push(request);
    weight += own;
  }
  return parts;
}

function toRequest({ id, payload, fingerprint }: WorkItem<Job>): AcceptedRequest {
  return { ...payload, requestId: id, fingerprint };
}

/** Why a request was quarantined, as shown to clients; the cause itself goes to the log. */
const QUARANTINE_DETAIL =
  'The service could not decide this request. It was set aside for the operators and changed nothing.';

export function quarantine(decider: Pick<Decider, 'quarantine'>, item: BuriedItem): Promise<RequestRecord> {
  const job = findJob(item.raw);
  return decider.quarantine({
    orgId: item.orgId,
    requestId: item.id,
    appointmentId: job === undefined ? '' : appointmentIdOf(job),
    operation: job?.operation ?? '',
    raw: item.raw,
    detail: QUARANTINE_DETAIL,
    cause: describe(item.cause),
    acceptedAt: job?.acceptedAt ?? toInstant(item.acceptedAtMs) ?? INSTANT_MIN,
    fingerprint: item.fingerprint,
    callbackUrl: job?.callbackUrl,
  });
}

/** The error and its cause: when a library wraps an error, the cause says most. */
function describe({ name, message, cause }: Error): string {
  const said = `${name}: ${message}`;
  return cause instanceof Error && cause.message !== message ? `${said} (${cause.message})` : said;
}

function findJob(raw: string): Job | undefined {
  try {
    return readJob(raw);
  } catch {
    return undefined;
  }
}

// Between the queue and the deciding transaction: mailbox entries become requests, poison becomes a
// quarantined outcome. Both end in PostgreSQL before the queue may trim them.

import { INSTANT_MIN, toInstant } from '@slotline/core';
import { readJob, type Job } from '@slotline/contract';
import type { AcceptedRequest, Decider, RequestRecord } from '@slotline/db';
import type { BuriedItem, WorkBatch, WorkItem } from '@slotline/queue';
import type { CommitLanes } from './commit-lanes.ts';

export function decideBatch(lanes: CommitLanes, batch: WorkBatch<Job>): Promise<readonly RequestRecord[]> {
  return lanes.submit({ orgId: batch.orgId, requests: batch.items.map(toRequest) });
}

function toRequest({ id, payload, fingerprint }: WorkItem<Job>): AcceptedRequest {
  return { ...payload, requestId: id, fingerprint };
}

/** Why a request was quarantined, as far as a client may know; the cause itself goes to the log. */
const QUARANTINE_DETAIL =
  'The service could not decide this request. It was set aside for the operators and changed nothing.';

export function quarantine(decider: Pick<Decider, 'quarantine'>, item: BuriedItem): Promise<RequestRecord> {
  const job = findJob(item.raw);
  return decider.quarantine({
    orgId: item.orgId,
    requestId: item.id,
    appointmentId: job?.appointmentId ?? '',
    operation: job?.operation ?? '',
    raw: item.raw,
    detail: QUARANTINE_DETAIL,
    acceptedAt: job?.acceptedAt ?? toInstant(item.acceptedAtMs) ?? INSTANT_MIN,
    fingerprint: item.fingerprint,
    callbackUrl: job?.callbackUrl,
  });
}

function findJob(raw: string): Job | undefined {
  try {
    return readJob(raw);
  } catch {
    return undefined;
  }
}

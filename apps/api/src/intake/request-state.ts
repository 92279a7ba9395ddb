// What the service knows of one request, wherever it read it: queued with its place, or decided for ever.

import type { Instant, Operation } from '@slotline/core';
import { toJob, type JobText } from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import type { ItemState } from '@slotline/queue';

export interface QueuedRequest {
  readonly status: 'queued';
  readonly requestId: string;
  readonly orgId: string;
  readonly appointmentId: string;
  readonly operation: Operation;
  readonly acceptedAt: Instant;
  readonly place?: number;
  readonly etaMs?: number;
}

export interface DecidedRequest {
  readonly status: 'decided';
  readonly record: RequestRecord;
}

export type RequestState = QueuedRequest | DecidedRequest;

export function decided(record: RequestRecord): DecidedRequest {
  return { status: 'decided', record };
}

/** The queue's knowledge of an item in the words of requests. */
export function fromItem(requestId: string, item: ItemState<JobText, RequestRecord>): RequestState {
  if (item.state === 'settled') return decided(item.result);
  const { appointmentId, operation, acceptedAt } = toJob(item.payload);
  const { orgId, place, etaMs } = item;
  return {
    status: 'queued',
    requestId,
    orgId,
    appointmentId,
    operation,
    acceptedAt,
    place,
    ...(etaMs === undefined ? {} : { etaMs }),
  };
}

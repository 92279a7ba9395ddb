// What the service knows of one request, wherever it read it: queued with its place, or decided for ever.

import {
  appointmentIdOf,
  JOB_VERSIONS,
  presentDecidedRequest,
  presentQueuedRequest,
  toJob,
  type JobText,
  type QueuedFacts,
  type RequestResource,
} from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import type { ItemState } from '@slotline/queue';
import { ProblemError } from '../http/problem-error.ts';

export interface QueuedRequest extends QueuedFacts {
  readonly status: 'queued';
}

export interface DecidedRequest {
  readonly status: 'decided';
  readonly record: RequestRecord;
}

export type RequestState = QueuedRequest | DecidedRequest;

export function decided(record: RequestRecord): DecidedRequest {
  return { status: 'decided', record };
}

export function presentRequest(state: RequestState): RequestResource {
  return state.status === 'queued' ? presentQueuedRequest(state) : presentDecidedRequest(state.record);
}

/**
 * The queue's knowledge of an item in the words of requests. Throws the 503 problem for one that waits in a
 * shape of another release: it was accepted, so it is neither unknown nor broken, and once decided it can be read.
 */
export function fromItem(requestId: string, item: ItemState<JobText, RequestRecord>): RequestState {
  if (item.state === 'settled') return decided(item.result);
  if (!isReadable(item.payload)) throw unreadable(requestId);
  const job = toJob(item.payload);
  const { orgId, place, etaMs } = item;
  return {
    status: 'queued',
    requestId,
    orgId,
    appointmentId: appointmentIdOf(job),
    operation: job.operation,
    acceptedAt: job.acceptedAt,
    place,
    ...(etaMs === undefined ? {} : { etaMs }),
  };
}

// The queue hands out what lies in it: its type is our word, not something that was checked.
function isReadable(payload: unknown): boolean {
  return (
    payload !== null && typeof payload === 'object' && 'v' in payload && JOB_VERSIONS.includes(payload.v)
  );
}

function unreadable(requestId: string): ProblemError {
  return new ProblemError('unavailable', {
    detail: 'The request waits in a shape that this release cannot show. Ask again once it is decided.',
    headers: { 'Retry-After': '1' },
    cause: new Error(`the waiting request ${requestId} is of no job version that this build reads`),
  });
}

// The state of one request, from either store: queued with its place, or finally decided.

import {
  JOB_VERSIONS,
  presentDecidedRequest,
  presentQueuedRequest,
  type JobSummary,
  type JobText,
  type QueuedFacts,
  type RequestResource,
} from '@slotline/contract';
import type { RequestRecord } from '@slotline/db';
import { ELSEWHERE, type ItemState } from '@slotline/queue';
import { ProblemError } from '../http/problem-error.ts';

interface QueuedRequest extends QueuedFacts {
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
 * Converts the queue's state of an item into the state of a request. Throws the 503 problem for a waiting
 * item in a format of another release: it was accepted, and can be read once it is decided. Throws the same
 * for a decided item if its outcome could not be read from PostgreSQL.
 */
export function fromItem(requestId: string, item: ItemState<JobText, RequestRecord>): RequestState {
  if (item.state === 'completed') {
    if (item.result === ELSEWHERE) throw unread(requestId);
    return decided(item.result);
  }
  const { orgId, place, etaMs, payload, summary } = item;
  // The queue returns the payload whole or as `summarizeJob` made it. Its type is declared, not validated.
  const shown = (payload ?? summary) as JobSummary | undefined;
  if (!isReadable(shown)) throw unreadable(requestId);
  return {
    status: 'queued',
    requestId,
    orgId,
    appointmentId: shown.appt ?? '',
    operation: shown.op,
    acceptedAt: shown.at,
    place,
    ...(etaMs === undefined ? {} : { etaMs }),
  };
}

function isReadable(shown: JobSummary | undefined): shown is JobSummary {
  return shown !== null && typeof shown === 'object' && 'v' in shown && JOB_VERSIONS.includes(shown.v);
}

function unread(requestId: string): ProblemError {
  return new ProblemError('unavailable', {
    detail: 'The request is decided. Its outcome cannot be read right now.',
    headers: { 'Retry-After': '1' },
    cause: new Error(`the outcome of ${requestId} is too large for Redis, and was not read from PostgreSQL`),
  });
}

function unreadable(requestId: string): ProblemError {
  return new ProblemError('unavailable', {
    detail: 'The waiting request has a format that this release cannot show. Retry once it is decided.',
    headers: { 'Retry-After': '1' },
    cause: new Error(`the waiting request ${requestId} is of no job version that this build reads`),
  });
}

// The request resource as clients see it, queued or decided.

import { formatInstant, type Instant, type Operation, type Outcome } from '@slotline/core';
import type { RequestResource } from '../request-resource.ts';
import { appointmentPath, requestPath } from './paths.ts';
import { presentOutcome } from './present-outcome.ts';

interface RequestFacts {
  readonly requestId: string;
  readonly orgId: string;
  /** Empty for a batch, and for an entry that could not be read. */
  readonly appointmentId: string;
  readonly acceptedAt: Instant;
}

export interface QueuedFacts extends RequestFacts {
  readonly operation: Operation;
  readonly place?: number;
  readonly etaMs?: number;
}

export interface DecidedFacts extends RequestFacts {
  readonly operation: Operation | 'unknown';
  readonly outcome: Outcome;
  readonly decidedAt: Instant;
}

export function presentQueuedRequest(request: QueuedFacts): RequestResource {
  const { operation, acceptedAt, place, etaMs } = request;
  return {
    ...presentIdentity(request),
    operation,
    status: 'queued',
    ...(place === undefined ? {} : { place }),
    ...(etaMs === undefined ? {} : { etaMs: Math.round(etaMs) }),
    acceptedAt: formatInstant(acceptedAt),
    links: linksOf(request),
  };
}

export function presentDecidedRequest(record: DecidedFacts): RequestResource {
  const { operation, outcome, acceptedAt, decidedAt } = record;
  return {
    ...presentIdentity(record),
    operation,
    status: outcome.kind === 'quarantined' ? 'failed' : 'completed',
    outcome: presentOutcome(outcome),
    acceptedAt: formatInstant(acceptedAt),
    decidedAt: formatInstant(decidedAt),
    links: linksOf(record),
  };
}

function presentIdentity({ requestId, orgId, appointmentId }: RequestFacts) {
  return { requestId, orgId, ...(appointmentId === '' ? {} : { appointmentId }) };
}

function linksOf(request: RequestFacts): RequestResource['links'] {
  const self = requestPath(request.requestId);
  return request.appointmentId === '' ? { self } : { self, appointment: appointmentPath(request) };
}

// The request resource as clients see it.

import { formatInstant, type Blocker, type Outcome } from '@slotline/core';
import type { OutcomeResource, RequestResource } from '@slotline/contract';
import type { RequestState } from '../intake/request-state.ts';
import { appointmentPath, requestPath } from './paths.ts';

export function presentRequest(state: RequestState): RequestResource {
  return state.status === 'queued' ? presentQueued(state) : presentDecided(state.record);
}

function presentQueued(state: RequestState & { status: 'queued' }): RequestResource {
  const { requestId, orgId, appointmentId, operation, acceptedAt, place, etaMs } = state;
  return {
    requestId,
    orgId,
    appointmentId,
    operation,
    status: 'queued',
    ...(place === undefined ? {} : { place }),
    ...(etaMs === undefined ? {} : { etaMs: Math.round(etaMs) }),
    acceptedAt: formatInstant(acceptedAt),
    links: linksOf(state),
  };
}

function presentDecided(record: (RequestState & { status: 'decided' })['record']): RequestResource {
  const { requestId, orgId, appointmentId, operation, outcome, acceptedAt, decidedAt } = record;
  return {
    requestId,
    orgId,
    appointmentId,
    operation: operation === 'cancel' ? 'cancel' : 'book',
    status: outcome.kind === 'quarantined' ? 'failed' : 'completed',
    outcome: presentOutcome(outcome),
    acceptedAt: formatInstant(acceptedAt),
    decidedAt: formatInstant(decidedAt),
    links: linksOf(record),
  };
}

function linksOf(request: { requestId: string; orgId: string; appointmentId: string }) {
  return { self: requestPath(request.requestId), appointment: appointmentPath(request) };
}

function presentOutcome(outcome: Outcome): OutcomeResource {
  if (outcome.kind !== 'conflict') return outcome;
  return {
    kind: 'conflict',
    conflictsWith: outcome.conflictsWith.map(presentBlocker),
    detail: describeConflict(outcome),
  };
}

export function presentBlocker({ id, start, end, version }: Blocker) {
  return { id, start: formatInstant(start), end: formatInstant(end), version };
}

export function describeConflict({ conflictsWith }: Outcome & { kind: 'conflict' }): string {
  const [first] = conflictsWith;
  const named = first === undefined ? 'another appointment' : `appointment ${first.id}`;
  const others = conflictsWith.length > 1 ? ` and ${conflictsWith.length - 1} more` : '';
  return `The interval is taken by ${named}${others}.`;
}

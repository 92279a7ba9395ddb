// The rules of booking, each in one place. Time enters only as data in the requests; what was decided
// before enters as `decided`. Locking, loading and writing are left to the caller.

import type { Appointment } from './appointment.ts';
import { Calendar } from './calendar.ts';
import type { Blocker, Outcome } from './outcome.ts';
import type { BookRequest, CancelRequest, Request } from './request.ts';

/** What is known of one org before a commit group. */
export interface OrgState {
  /** Current facts of every appointment the group can touch; more do no harm. */
  readonly appointments: Iterable<Appointment>;
  /** Outcomes of those requests that were decided before, by `requestId`. */
  readonly decided: ReadonlyMap<string, Outcome>;
}

export interface Decision {
  readonly request: Request;
  readonly outcome: Outcome;
  /** The version that the request made; absent when it changed nothing. */
  readonly written?: Appointment;
  /** The request was decided earlier, in this group or before: nothing about it may be written again. */
  readonly isRepeat: boolean;
}

/**
 * Decides the requests of one org in a commit group, in mailbox order, against the state loaded for it.
 * Pure and total: every request gets exactly one outcome, equal inputs give equal outcomes, and any
 * split of the same list gives the same outcomes, which is what makes a crashed turn safe to repeat.
 */
export function decide(state: OrgState, requests: readonly Request[]): Decision[] {
  const calendar = new Calendar(state.appointments);
  const decided = new Map(state.decided);
  return requests.map((request) => {
    const before = decided.get(request.requestId);
    if (before !== undefined) return { request, outcome: before, isRepeat: true };
    const decision = request.operation === 'book' ? book(calendar, request) : cancel(calendar, request);
    if (decision.written !== undefined) calendar.put(decision.written);
    decided.set(request.requestId, decision.outcome);
    return { request, ...decision, isRepeat: false };
  });
}

type Verdict = Pick<Decision, 'outcome' | 'written'>;

function book(calendar: Calendar, request: BookRequest): Verdict {
  const current = calendar.find(request.appointmentId);
  if (current !== undefined && isStale(request, current)) return stale(current);
  const blockers = calendar.blockers(request.resourceId, request, request.appointmentId);
  if (blockers.length > 0) return { outcome: { kind: 'conflict', conflictsWith: blockers.map(toBlocker) } };
  const version = (current?.version ?? 0) + 1;
  return {
    outcome: { kind: version === 1 ? 'created' : 'updated', version },
    written: {
      id: request.appointmentId,
      resourceId: request.resourceId,
      start: request.start,
      end: request.end,
      createdAt: request.createdAt,
      updatedAt: request.updatedAt,
      status: 'booked',
      version,
      metadata: request.metadata,
    },
  };
}

function cancel(calendar: Calendar, request: CancelRequest): Verdict {
  const current = calendar.find(request.appointmentId);
  if (current === undefined) return { outcome: { kind: 'not-found' } };
  if (isStale(request, current)) return stale(current);
  const version = current.version + 1;
  return {
    outcome: { kind: 'cancelled', version },
    written: { ...current, updatedAt: request.updatedAt, status: 'cancelled', version },
  };
}

// Equal is stale: the first accepted of two equal updates stands, so a resent request changes nothing.
function isStale(request: Request, current: Appointment): boolean {
  return request.updatedAt <= current.updatedAt;
}

function stale(current: Appointment): Verdict {
  return { outcome: { kind: 'ignored-stale', version: current.version } };
}

function toBlocker({ id, start, end, version }: Appointment): Blocker {
  return { id, start, end, version };
}

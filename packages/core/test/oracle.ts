// The rules of booking once more, written from the design's prose and from nothing in `src`: plain lists,
// scanned from end to end for every request. Slow and obvious on purpose; the real code must agree with it.

import type { Appointment, Outcome, Request } from '../src/index.ts';

const NAMED_AT_MOST = 10;

export interface Told {
  readonly outcomes: Outcome[];
  /** What stands after the last request, in no particular order. */
  readonly appointments: Appointment[];
}

export function decideNaively(standing: readonly Appointment[], requests: readonly Request[]): Told {
  let appointments = [...standing];
  const outcomes: Outcome[] = [];
  for (const [position, request] of requests.entries()) {
    const first = requests.findIndex(({ requestId }) => requestId === request.requestId);
    const earlier = first < position ? outcomes[first] : undefined;
    if (earlier !== undefined) {
      outcomes.push(earlier);
      continue;
    }
    const { outcome, next } = judge(appointments, request);
    outcomes.push(outcome);
    if (next !== undefined) appointments = [...appointments.filter(({ id }) => id !== next.id), next];
  }
  return { outcomes, appointments };
}

function judge(appointments: Appointment[], request: Request): { outcome: Outcome; next?: Appointment } {
  const mine = appointments.find(({ id }) => id === request.appointmentId);
  if (mine !== undefined && !(request.updatedAt > mine.updatedAt)) {
    return { outcome: { kind: 'ignored-stale', version: mine.version } };
  }
  const version = mine === undefined ? 1 : mine.version + 1;
  if (request.operation === 'cancel') {
    if (mine === undefined) return { outcome: { kind: 'not-found' } };
    const next = { ...mine, status: 'cancelled' as const, updatedAt: request.updatedAt, version };
    return { outcome: { kind: 'cancelled', version }, next };
  }
  const conflictsWith = appointments
    .filter((other) => other.status === 'booked' && other !== mine && other.resourceId === request.resourceId)
    .filter((other) => !(other.end <= request.start || other.start >= request.end))
    .sort((one, other) => one.start - other.start)
    .slice(0, NAMED_AT_MOST)
    .map((other) => ({ id: other.id, start: other.start, end: other.end, version: other.version }));
  if (conflictsWith.length > 0) return { outcome: { kind: 'conflict', conflictsWith } };
  const { appointmentId: id, resourceId, start, end, createdAt, updatedAt, metadata } = request;
  const facts = { id, resourceId, start, end, createdAt, updatedAt, metadata };
  return {
    outcome: { kind: mine === undefined ? 'created' : 'updated', version },
    next: { ...facts, status: 'booked', version },
  };
}

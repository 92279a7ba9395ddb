// A second implementation of the booking rules, written from the design document and not from `src`: plain lists,
// scanned completely for every request. Deliberately slow and simple; the real code must agree with it.

import type { Appointment, Expire, Outcome, Request, Wish, WishOutcome } from '../src/index.ts';

const NAMED_AT_MOST = 10;

export interface Told {
  readonly outcomes: Outcome[];
  /** The appointments after the last request, in no particular order. */
  readonly appointments: Appointment[];
  /** The appointments before each request. */
  readonly before: readonly (readonly Appointment[])[];
}

export function decideNaively(standing: readonly Appointment[], requests: readonly Request[]): Told {
  let appointments = [...standing];
  const before: Appointment[][] = [];
  const outcomes: Outcome[] = [];
  for (const [position, request] of requests.entries()) {
    before.push(appointments);
    const first = requests.findIndex(({ requestId }) => requestId === request.requestId);
    const earlier = first < position ? outcomes[first] : undefined;
    if (earlier !== undefined) {
      outcomes.push(earlier);
      continue;
    }
    const { outcome, next } =
      request.operation === 'batch'
        ? judgeTogether(appointments, request.wishes)
        : judgeAlone(appointments, request);
    outcomes.push(outcome);
    appointments = replace(appointments, next);
  }
  return { outcomes, appointments, before };
}

function replace(appointments: readonly Appointment[], next: readonly Appointment[]): Appointment[] {
  return [...appointments.filter(({ id }) => !next.some((one) => one.id === id)), ...next];
}

function judgeAlone(
  appointments: Appointment[],
  request: Wish | Expire,
): { outcome: Outcome; next: Appointment[] } {
  const { outcome, next } = judge(appointments, request);
  if (next === undefined) return { outcome, next: [] };
  const conflict = request.operation === 'book' ? collide(replace(appointments, [next]), next) : undefined;
  return conflict === undefined ? { outcome, next: [next] } : { outcome: conflict, next: [] };
}

function judgeTogether(
  appointments: Appointment[],
  wishes: readonly Wish[],
): { outcome: Outcome; next: Appointment[] } {
  const end: Appointment[] = [];
  const first = wishes.map((wish) => {
    const twin = end.find(({ id }) => id === wish.appointmentId);
    if (twin !== undefined) return { outcome: { kind: 'ignored-stale' as const, version: twin.version } };
    const judged = judge(appointments, wish);
    if (judged.next !== undefined) end.push(judged.next);
    return judged;
  });
  const then = wishes.map((wish, at) => {
    const { outcome, next } = first[at] as { outcome: WishOutcome; next?: Appointment };
    const conflict =
      next !== undefined && wish.operation === 'book' ? collide(replace(appointments, end), next) : undefined;
    const isGranted = next !== undefined && conflict === undefined;
    return { outcome: { ...(conflict ?? outcome), appointmentId: wish.appointmentId }, isGranted };
  });
  if (then.every(({ isGranted }) => isGranted)) {
    return { outcome: { kind: 'applied', outcomes: then.map(({ outcome }) => outcome) }, next: end };
  }
  const outcomes = then.map(({ outcome, isGranted }) =>
    isGranted ? { kind: 'not-applied' as const, appointmentId: outcome.appointmentId } : outcome,
  );
  return { outcome: { kind: 'refused', outcomes }, next: [] };
}

/** The conflict of an appointment with the others of a state that it is part of, if there is one. */
function collide(state: readonly Appointment[], mine: Appointment): WishOutcome | undefined {
  const conflictsWith = state
    .filter((other) => other.status === 'booked' || other.status === 'held')
    .filter((other) => other.id !== mine.id && other.resourceId === mine.resourceId)
    .filter((other) => !(other.end <= mine.start || other.start >= mine.end))
    .sort((one, other) =>
      one.start === other.start ? (one.id < other.id ? -1 : 1) : one.start - other.start,
    )
    .slice(0, NAMED_AT_MOST)
    .map((other) => ({ id: other.id, start: other.start, end: other.end, version: other.version }));
  return conflictsWith.length > 0 ? { kind: 'conflict', conflictsWith } : undefined;
}

// What a request does to its own appointment. An expiry is not a client's wish, but is judged the same way.
function judge(appointments: Appointment[], wish: Wish): { outcome: WishOutcome; next?: Appointment };
function judge(
  appointments: Appointment[],
  wish: Wish | Expire,
): { outcome: Exclude<Outcome, { kind: 'applied' | 'refused' }>; next?: Appointment };
function judge(
  appointments: Appointment[],
  wish: Wish | Expire,
): { outcome: Exclude<Outcome, { kind: 'applied' | 'refused' }>; next?: Appointment } {
  const mine = appointments.find(({ id }) => id === wish.appointmentId);
  if (wish.operation !== 'book' && mine === undefined) return { outcome: { kind: 'not-found' } };
  const version = mine === undefined ? 1 : mine.version + 1;
  const stale = { outcome: { kind: 'ignored-stale', version: version - 1 } } as const;
  if (wish.operation === 'expire') {
    if (mine?.status !== 'held' || mine.version !== wish.version) return stale;
    return { outcome: { kind: 'expired', version }, next: change(mine, { status: 'expired' }) };
  }
  if (wish.operation === 'confirm') {
    if (mine?.status === 'booked') return stale;
    if (mine?.status !== 'held') return { outcome: { kind: 'not-held', version: version - 1 } };
    return { outcome: { kind: 'confirmed', version }, next: change(mine, { status: 'booked' }) };
  }
  if (mine !== undefined && !(wish.updatedAt > mine.updatedAt)) return stale;
  if (wish.operation === 'cancel') {
    const { updatedAt } = wish;
    const next = mine === undefined ? undefined : change(mine, { status: 'cancelled', updatedAt });
    return { outcome: { kind: 'cancelled', version }, ...(next && { next }) };
  }
  const { appointmentId: id, resourceId, start, end, createdAt, updatedAt, heldUntil, metadata } = wish;
  const facts = { id, resourceId, start, end, createdAt, updatedAt, heldUntil, metadata };
  const status = heldUntil === null ? 'booked' : 'held';
  return {
    outcome: { kind: mine === undefined ? 'created' : 'updated', version },
    next: { ...facts, status, version },
  };
}

function change(mine: Appointment, changes: Partial<Appointment>): Appointment {
  return { ...mine, heldUntil: null, version: mine.version + 1, ...changes };
}

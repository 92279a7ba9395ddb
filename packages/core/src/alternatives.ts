// Alternatives for a refused book: the nearest free intervals of its length on its resource. Only conflicts cost
// time: the rules are applied first, then each conflict is searched in the calendar as it was when that request was
// decided. So any split of a list into groups gives the same alternatives.
//
// In each direction the search starts at the blocker furthest that way and scans up to a fixed number of
// appointments beyond it: a gap between two blockers is too short or would overlap one of them.

import type { Appointment } from './appointment.ts';
import { Calendar } from './calendar.ts';
import type { Decision } from './decide.ts';
import { INSTANT_MAX, INSTANT_MIN, type Instant } from './instant.ts';
import type { Alternatives, Blocker } from './outcome.ts';
import type { BookRequest } from './request.ts';

/**
 * How many live appointments beyond the blockers the search scans in each direction before it gives up on that side.
 * Otherwise every refusal would read a fully booked calendar to its end.
 */
export const ALTERNATIVES_SCANNED_MAX = 100;

export interface AlternativesFound {
  readonly alternatives: Alternatives;
  /** The search gave up on at least one side: scanning more appointments may find more. */
  readonly isGivenUp: boolean;
}

/**
 * The alternatives of each conflict of a single book that is decided here, by `requestId`. `appointments` are
 * those used for the decisions and those that `neighboursToLoad` lists.
 */
export function findAlternatives(
  appointments: Iterable<Appointment>,
  decisions: readonly Decision[],
  scannedMax: number = ALTERNATIVES_SCANNED_MAX,
): ReadonlyMap<string, AlternativesFound> {
  const calendar = new Calendar(appointments);
  const found = new Map<string, AlternativesFound>();
  for (const decision of decisions) {
    const refused = findRefusal(decision);
    if (refused !== undefined) found.set(refused.book.requestId, search(calendar, refused, scannedMax));
    calendar.put(...decision.written);
  }
  return found;
}

/** The decisions with the alternatives of their conflicts, repeats in the same group included. */
export function withAlternatives(
  decisions: readonly Decision[],
  found: ReadonlyMap<string, AlternativesFound>,
): Decision[] {
  return decisions.map((decision) => {
    const alternatives = found.get(decision.request.requestId)?.alternatives;
    if (alternatives === undefined || decision.outcome.kind !== 'conflict') return decision;
    return { ...decision, outcome: { ...decision.outcome, alternatives } };
  });
}

/** A single book that was refused here for a conflict. */
export interface Refusal {
  readonly book: BookRequest;
  /** The first blocker by start. */
  readonly first: Blocker;
}

export function findRefusal({ request, outcome, isRepeat }: Decision): Refusal | undefined {
  if (isRepeat || request.operation !== 'book' || outcome.kind !== 'conflict') return undefined;
  const [first] = outcome.conflictsWith;
  return first === undefined ? undefined : { book: request, first };
}

/** The edge of a free interval, or why there is none. */
type Edge = Instant | 'none' | 'given-up';

function search(calendar: Calendar, { book, first }: Refusal, scannedMax: number): AlternativesFound {
  const end = findEndBefore(calendar, { book, first }, scannedMax);
  const start = findStartAfter(calendar, book, scannedMax);
  const length = book.end - book.start;
  const before = typeof end === 'string' ? undefined : { start: (end - length) as Instant, end };
  const after = typeof start === 'string' ? undefined : { start, end: (start + length) as Instant };
  return {
    alternatives: { ...(before && { before }), ...(after && { after }) },
    isGivenUp: end === 'given-up' || start === 'given-up',
  };
}

function findEndBefore(calendar: Calendar, { book, first }: Refusal, scannedMax: number): Edge {
  const length = book.end - book.start;
  let edge = first.start;
  let scanned = 0;
  for (const other of calendar.startingBefore(book.resourceId, first.start)) {
    if (other.id === book.appointmentId) continue;
    if (edge - other.end >= length) return edge;
    edge = other.start;
    if (++scanned === scannedMax) return 'given-up';
  }
  return edge - INSTANT_MIN >= length ? edge : 'none';
}

function findStartAfter(calendar: Calendar, book: BookRequest, scannedMax: number): Edge {
  const length = book.end - book.start;
  let edge = lastEndOfBlockers(calendar, book);
  let scanned = 0;
  for (const other of calendar.startingFrom(book.resourceId, book.end)) {
    if (other.id === book.appointmentId) continue;
    if (other.start - edge >= length) return edge;
    edge = other.end;
    if (++scanned === scannedMax) return 'given-up';
  }
  return INSTANT_MAX - edge >= length ? edge : 'none';
}

function lastEndOfBlockers(calendar: Calendar, { appointmentId, resourceId, end }: BookRequest): Instant {
  let lastEnd = end;
  for (const other of calendar.startingBefore(resourceId, end)) {
    if (other.id === appointmentId) continue;
    lastEnd = other.end;
    break;
  }
  return lastEnd;
}

// The wishes of an atomic batch, granted all together or not at all. Each is judged independently against the state
// before the batch. Overlaps are judged on the end state, in which every other wish that can be granted independently
// is granted. So two appointments may swap places, and two books may refuse each other.

import { isLive, type Appointment } from './appointment.ts';
import type { Calendar } from './calendar.ts';
import { toConflict } from './conflict.ts';
import { overlaps } from './interval.ts';
import { judgeWish, type Verdict } from './judge-wish.ts';
import { CONFLICTS_NAMED_MAX, type Outcome } from './outcome.ts';
import type { Batch, Wish } from './request.ts';

/** `written` holds one version for each wish, in their order, or none at all. */
export function judgeBatch(
  calendar: Calendar,
  { wishes }: Batch,
): { readonly outcome: Outcome; readonly written: readonly Appointment[] } {
  const byThemselves = judgeEach(calendar, wishes);
  const ends = byThemselves.flatMap(({ next }) => next ?? []);
  const endIds = new Set(ends.map(({ id }) => id));
  const liveEnds = Map.groupBy(ends.filter(isLive).sort(byPlace), ({ resourceId }) => resourceId);
  const judged = byThemselves.map((one): Judged => {
    const { wish, next } = one;
    if (wish.operation !== 'book' || next === undefined) return one;
    const blockers = blockersInTheEnd(calendar, next, { liveEnds, endIds });
    return blockers.length === 0 ? one : { wish, outcome: toConflict(blockers) };
  });
  if (judged.every(isGranted)) {
    const outcomes = judged.map(({ wish: { appointmentId }, outcome }) => ({ appointmentId, ...outcome }));
    return { outcome: { kind: 'applied', outcomes }, written: ends };
  }
  const outcomes = judged.map((one) => {
    const { appointmentId } = one.wish;
    return isGranted(one)
      ? { appointmentId, kind: 'not-applied' as const }
      : { appointmentId, ...one.outcome };
  });
  return { outcome: { kind: 'refused', outcomes }, written: [] };
}

interface Judged extends Verdict {
  readonly wish: Wish;
}

function isGranted({ next }: Judged): boolean {
  return next !== undefined;
}

// A second wish for one appointment would create a second version with the same number. The API refuses such
// batches. Here the second wish is stale, so that every batch has an outcome.
function judgeEach(calendar: Calendar, wishes: readonly Wish[]): Judged[] {
  const granted = new Map<string, Appointment>();
  return wishes.map((wish) => {
    const earlier = granted.get(wish.appointmentId);
    if (earlier !== undefined) return { wish, outcome: { kind: 'ignored-stale', version: earlier.version } };
    const verdict = judgeWish(calendar.find(wish.appointmentId), wish);
    if (verdict.next !== undefined) granted.set(wish.appointmentId, verdict.next);
    return { wish, ...verdict };
  });
}

interface EndState {
  /** By resource, in the order of {@link byPlace}. */
  readonly liveEnds: ReadonlyMap<string, readonly Appointment[]>;
  readonly endIds: ReadonlySet<string>;
}

/** The first appointments by start, then id, that overlap `next` once the whole batch is granted. */
function blockersInTheEnd(
  calendar: Calendar,
  next: Appointment,
  { liveEnds, endIds }: EndState,
): Appointment[] {
  const siblings: Appointment[] = [];
  for (const other of liveEnds.get(next.resourceId) ?? []) {
    if (other.start >= next.end || siblings.length === CONFLICTS_NAMED_MAX) break;
    if (other.id !== next.id && overlaps(other, next)) siblings.push(other);
  }
  return [...calendar.blockers(next.resourceId, next, endIds), ...siblings]
    .sort(byPlace)
    .slice(0, CONFLICTS_NAMED_MAX);
}

function byPlace(a: Appointment, b: Appointment): number {
  return a.start - b.start || (a.id < b.id ? -1 : 1);
}

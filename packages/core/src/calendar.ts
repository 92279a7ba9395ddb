// The part of one org's calendar that a commit group touches, in memory. Invariant: the live appointments
// of a resource never overlap, so ordered by start they are ordered by end too and a binary search finds
// every overlap. Which appointments must be loaded is said by `blockersToLoad`.

import { isLive, type Appointment } from './appointment.ts';
import type { Interval } from './interval.ts';
import { CONFLICTS_NAMED_MAX } from './outcome.ts';

/**
 * How many live appointments that start inside a request's interval have to be loaded, ordered by start,
 * for its conflict to come out as if all were: the ones it may name, itself, and one for each earlier
 * request of the group, because each of those can take at most one appointment out of the way.
 */
export function blockersToLoad(earlierRequests: number): number {
  return CONFLICTS_NAMED_MAX + 1 + earlierRequests;
}

export class Calendar {
  readonly #byId = new Map<string, Appointment>();
  readonly #liveByResource = new Map<string, Appointment[]>();

  /** Appointments may be given more than once, as overlapping look-ups find them; all must be current. */
  constructor(appointments: Iterable<Appointment>) {
    for (const appointment of appointments) this.#byId.set(appointment.id, appointment);
    for (const appointment of this.#byId.values()) {
      if (isLive(appointment)) this.#liveOf(appointment.resourceId).push(appointment);
    }
    for (const live of this.#liveByResource.values()) live.sort((a, b) => a.start - b.start);
  }

  find(id: string): Appointment | undefined {
    return this.#byId.get(id);
  }

  /** Puts the next version of an appointment in the place of the one before. */
  put(next: Appointment): void {
    const previous = this.#byId.get(next.id);
    this.#byId.set(next.id, next);
    if (previous !== undefined && isLive(previous)) this.#remove(previous);
    if (isLive(next)) this.#insert(next);
  }

  /** The first {@link CONFLICTS_NAMED_MAX} live appointments, but for `exceptId`, that overlap, by start. */
  blockers(resourceId: string, interval: Interval, exceptId: string): Appointment[] {
    const live = this.#liveByResource.get(resourceId) ?? [];
    const found: Appointment[] = [];
    for (let at = firstEndingAfter(live, interval.start); at < live.length; at++) {
      const candidate = live[at];
      if (candidate === undefined || candidate.start >= interval.end) break;
      if (candidate.id === exceptId) continue;
      found.push(candidate);
      if (found.length === CONFLICTS_NAMED_MAX) break;
    }
    return found;
  }

  #liveOf(resourceId: string): Appointment[] {
    let live = this.#liveByResource.get(resourceId);
    if (live === undefined) this.#liveByResource.set(resourceId, (live = []));
    return live;
  }

  #insert(appointment: Appointment): void {
    const live = this.#liveOf(appointment.resourceId);
    live.splice(firstEndingAfter(live, appointment.start), 0, appointment);
  }

  #remove(appointment: Appointment): void {
    const live = this.#liveOf(appointment.resourceId);
    live.splice(firstEndingAfter(live, appointment.start), 1);
  }
}

/** The index of the first appointment whose end is later than `instant`; the length when there is none. */
function firstEndingAfter(ordered: readonly Appointment[], instant: number): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ordered[middle]?.end ?? Infinity) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

// The part of one org's calendar that a commit group touches, in memory. Invariant: the live appointments
// of a resource never overlap, so ordered by start they are ordered by end too and a binary search finds
// every overlap. `blockersToLoad` says how many appointments must be loaded.

import { isLive, type Appointment } from './appointment.ts';
import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';
import { CONFLICTS_NAMED_MAX } from './outcome.ts';

/**
 * How many live appointments that start inside a book's interval have to be loaded, ordered by start, for its
 * conflict to come out as if all were: the ones it may name, itself, and one for each wish of the group that is
 * decided earlier or in the same batch, because each of those can take at most one appointment out of the way.
 */
export function blockersToLoad(otherWishes: number): number {
  return CONFLICTS_NAMED_MAX + 1 + otherWishes;
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

  /** Replaces appointments by their next versions, all at once, so they may swap places. */
  put(...versions: readonly Appointment[]): void {
    for (const { id } of versions) {
      const previous = this.#byId.get(id);
      if (previous !== undefined && isLive(previous)) this.#remove(previous);
    }
    for (const next of versions) {
      this.#byId.set(next.id, next);
      if (isLive(next)) this.#insert(next);
    }
  }

  /** The first {@link CONFLICTS_NAMED_MAX} live appointments, but for these, that overlap, by start. */
  blockers(resourceId: string, interval: Interval, exceptIds: ReadonlySet<string>): Appointment[] {
    const live = this.#liveByResource.get(resourceId) ?? [];
    const found: Appointment[] = [];
    for (let at = firstEndingAfter(live, interval.start); at < live.length; at++) {
      const candidate = live[at];
      if (candidate === undefined || candidate.start >= interval.end) break;
      if (exceptIds.has(candidate.id)) continue;
      found.push(candidate);
      if (found.length === CONFLICTS_NAMED_MAX) break;
    }
    return found;
  }

  /** The live appointments of a resource that start before the instant, the last one first. */
  *startingBefore(resourceId: string, instant: Instant): Iterable<Appointment> {
    const live = this.#liveByResource.get(resourceId) ?? [];
    for (let at = firstStartingFrom(live, instant) - 1; at >= 0; at--) {
      const found = live[at];
      if (found !== undefined) yield found;
    }
  }

  /** The live appointments of a resource that start at the instant or later, the first one first. */
  *startingFrom(resourceId: string, instant: Instant): Iterable<Appointment> {
    const live = this.#liveByResource.get(resourceId) ?? [];
    for (let at = firstStartingFrom(live, instant); at < live.length; at++) {
      const found = live[at];
      if (found !== undefined) yield found;
    }
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

/** The index of the first appointment that starts at `instant` or later; the length when there is none. */
function firstStartingFrom(ordered: readonly Appointment[], instant: number): number {
  const at = firstEndingAfter(ordered, instant);
  return (ordered[at]?.start ?? Infinity) < instant ? at + 1 : at;
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

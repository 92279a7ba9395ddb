// The additional rows to load before the conflicts of a commit group get alternatives: few enough to be cheap, and
// enough for the same result as with the whole calendar.

import { findRefusal } from './alternatives.ts';
import { isLive, type Appointment } from './appointment.ts';
import { Calendar } from './calendar.ts';
import type { Decision } from './decide.ts';
import type { Instant } from './instant.ts';

/**
 * The live neighbours of one refused book on its resource, for a search that scans up to `scannedMax` of them:
 * the last `scannedMax + takenAway` that start before `before`, the first `scannedMax + takenAway` that start at
 * `end` or later, and the last `1 + takenAway` that start before `end`.
 */
export interface Neighbourhood {
  readonly requestId: string;
  readonly resourceId: string;
  /** Where the first blocker starts. */
  readonly before: Instant;
  /** Where the requested interval ends. */
  readonly end: Instant;
  /** How many appointments live on the resource now do not block this book: moved earlier, or itself. */
  readonly takenAway: number;
}

/** One for each conflict of a single book decided here; `appointments` are the ones passed to `decide`. */
export function neighboursToLoad(
  appointments: Iterable<Appointment>,
  decisions: readonly Decision[],
): Neighbourhood[] {
  const loaded = new Calendar(appointments);
  const gone = new GoneByResource(loaded);
  return decisions.flatMap((decision) => {
    for (const { id } of decision.written) gone.add(id);
    const refusal = findRefusal(decision);
    if (refusal === undefined) return [];
    const { requestId, appointmentId, resourceId, end } = refusal.book;
    const takenAway = gone.countWith(appointmentId, resourceId);
    return { requestId, resourceId, before: refusal.first.start, end, takenAway };
  });
}

/** Which of the loaded live appointments were changed since, by the resource they were on. */
class GoneByResource {
  readonly #loaded: Calendar;
  readonly #ids = new Map<string, Set<string>>();

  constructor(loaded: Calendar) {
    this.#loaded = loaded;
  }

  add(id: string): void {
    const standing = this.#loaded.find(id);
    if (standing === undefined || !isLive(standing)) return;
    const ids = this.#ids.get(standing.resourceId);
    if (ids === undefined) this.#ids.set(standing.resourceId, new Set([id]));
    else ids.add(id);
  }

  /** How many are gone from the resource, including `ownId` if it is there. */
  countWith(ownId: string, resourceId: string): number {
    const ids = this.#ids.get(resourceId);
    const own = this.#loaded.find(ownId);
    const isThere = own !== undefined && isLive(own) && own.resourceId === resourceId;
    return (ids?.size ?? 0) + (isThere && ids?.has(ownId) !== true ? 1 : 0);
  }
}

// What has to be loaded, beside what the rules needed, before the conflicts of a commit group can be answered
// with alternatives: few enough to be cheap, and exactly enough for the answer to be that of the whole calendar.

import { findRefusal } from './alternatives.ts';
import { isLive, type Appointment } from './appointment.ts';
import { Calendar } from './calendar.ts';
import type { Decision } from './decide.ts';
import type { Instant } from './instant.ts';

/**
 * The live neighbours of one refused book on its resource, for a search that looks at so many (`scannedMax`):
 * the last `scannedMax + takenAway` that start before `before`, the first `scannedMax + takenAway` that start at
 * `end` or later, and the last `1 + takenAway` that start before `end`.
 */
export interface Neighbourhood {
  readonly requestId: string;
  readonly resourceId: string;
  /** Where the first blocker starts. */
  readonly before: Instant;
  /** Where the interval asked for ends. */
  readonly end: Instant;
  /** How many that are live on the resource now are not in the way of this book: moved before, or itself. */
  readonly takenAway: number;
}

/** One for each conflict of a single book that is decided here; `appointments` are what `decide` was given. */
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

  /** How many are gone from the resource, `ownId` counted in where it is there. */
  countWith(ownId: string, resourceId: string): number {
    const ids = this.#ids.get(resourceId);
    const own = this.#loaded.find(ownId);
    const isThere = own !== undefined && isLive(own) && own.resourceId === resourceId;
    return (ids?.size ?? 0) + (isThere && ids?.has(ownId) !== true ? 1 : 0);
  }
}

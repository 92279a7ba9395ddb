// Collects the intervals that the books of a group request, as look-ups for blockers. They are grouped by resource,
// so that one look-up per resource can show that none of its intervals is blocked.

import { blockersToLoad, INSTANT_MAX, INSTANT_MIN, type Instant } from '@slotline/core';

import { countWishes, type Entry } from './entry.ts';

export interface BookedInterval {
  readonly starts_at: Instant;
  readonly ends_at: Instant;
  readonly blockers_max: number;
}

/** The hull of all intervals of one resource, and their range in the list of intervals, counted from 1. */
export interface BookedResource {
  readonly resource_key: number;
  readonly starts_at: Instant;
  readonly ends_at: Instant;
  readonly first: number;
  readonly last: number;
}

export interface BookedIntervals {
  readonly resources: readonly BookedResource[];
  readonly intervals: readonly BookedInterval[];
}

/** Returns one look-up per book, with the number of blockers to load given the other wishes of its org. */
export function bookedIntervals(entries: readonly Entry[]): BookedIntervals {
  const resources: BookedResource[] = [];
  const intervals: BookedInterval[] = [];
  for (const [resourceKey, ofResource] of byResource(entries)) {
    const first = intervals.length + 1;
    let [startsAt, endsAt] = [INSTANT_MAX, INSTANT_MIN];
    for (const interval of ofResource) {
      intervals.push(interval);
      if (interval.starts_at < startsAt) startsAt = interval.starts_at;
      if (interval.ends_at > endsAt) endsAt = interval.ends_at;
    }
    resources.push({
      resource_key: resourceKey,
      starts_at: startsAt,
      ends_at: endsAt,
      first,
      last: intervals.length,
    });
  }
  return { resources, intervals };
}

function byResource(entries: readonly Entry[]): ReadonlyMap<number, readonly BookedInterval[]> {
  const earlier = new Map<number, number>();
  const found = new Map<number, BookedInterval[]>();
  for (const entry of entries) {
    const before = earlier.get(entry.orgKey) ?? 0;
    const together = countWishes(entry);
    earlier.set(entry.orgKey, before + together);
    for (const { book, resourceKey } of entry.books) {
      const interval = {
        starts_at: book.start,
        ends_at: book.end,
        blockers_max: blockersToLoad(before + together - 1),
      };
      const ofResource = found.get(resourceKey);
      if (ofResource === undefined) found.set(resourceKey, [interval]);
      else ofResource.push(interval);
    }
  }
  return found;
}

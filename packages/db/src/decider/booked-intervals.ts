// What the books of a group ask for, as look-ups for who stands in their way.

import { blockersToLoad, type Instant } from '@slotline/core';

import { countWishes, type Entry } from './entry.ts';

export interface BookedInterval {
  readonly resource_key: number;
  readonly starts_at: Instant;
  readonly ends_at: Instant;
  readonly blockers_max: number;
}

/** One look-up for each book, with the number of blockers that its org's other wishes make it need. */
export function bookedIntervals(entries: readonly Entry[]): readonly BookedInterval[] {
  const earlier = new Map<number, number>();
  return entries.flatMap((entry) => {
    const before = earlier.get(entry.orgKey) ?? 0;
    const together = countWishes(entry);
    earlier.set(entry.orgKey, before + together);
    return entry.books.map(({ book, resourceKey }) => ({
      resource_key: resourceKey,
      starts_at: book.start,
      ends_at: book.end,
      blockers_max: blockersToLoad(before + together - 1),
    }));
  });
}

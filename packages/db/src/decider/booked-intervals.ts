// What the books of a group ask for, as look-ups for who stands in their way.

import { blockersToLoad, formatInstant } from '@slotline/core';

import type { Entry } from './entry.ts';

export interface BookedInterval {
  readonly resource_key: number;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly blockers_max: number;
}

/** One look-up for each book, with the number of blockers that its org's earlier requests make it need. */
export function bookedIntervals(entries: readonly Entry[]): readonly BookedInterval[] {
  const earlier = new Map<number, number>();
  return entries.flatMap(({ orgKey, request, resourceKey }) => {
    const before = earlier.get(orgKey) ?? 0;
    earlier.set(orgKey, before + 1);
    if (request?.operation !== 'book' || resourceKey === undefined) return [];
    return {
      resource_key: resourceKey,
      starts_at: formatInstant(request.start),
      ends_at: formatInstant(request.end),
      blockers_max: blockersToLoad(before),
    };
  });
}

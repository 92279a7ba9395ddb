// What the books of a group ask for, as look-ups for who stands in their way.

import { blockersToLoad, formatInstant, type BookRequest } from '@slotline/core';

import type { Entry } from './entry.ts';

export interface BookedInterval {
  /** The place of the entry in the group. */
  readonly at: number;
  readonly entry: Entry;
  readonly request: BookRequest;
  readonly resource_key: number;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly blockers_max: number;
}

/** One look-up for each book, with the number of blockers that its org's earlier requests make it need. */
export function bookedIntervals(entries: readonly Entry[]): readonly BookedInterval[] {
  const earlier = new Map<number, number>();
  return entries.flatMap((entry, at) => {
    const before = earlier.get(entry.orgKey) ?? 0;
    earlier.set(entry.orgKey, before + 1);
    const { request, resourceKey } = entry;
    if (request?.operation !== 'book' || resourceKey === undefined) return [];
    return {
      at,
      entry,
      request,
      resource_key: resourceKey,
      starts_at: formatInstant(request.start),
      ends_at: formatInstant(request.end),
      blockers_max: blockersToLoad(before),
    };
  });
}

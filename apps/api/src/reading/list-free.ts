// Free intervals of an org's resources, page by page. Each query is bounded in resources and in intervals,
// and continues where the previous one was cut, so a calendar is never in memory whole.

import { freeIntervals, type Instant, type Interval } from '@slotline/core';
import { listLiveIntervals, type Database } from '@slotline/db';

export interface FreeQuery {
  readonly orgId: string;
  readonly resourceId?: string | undefined;
  readonly from: Instant;
  readonly to: Instant;
  readonly lengthMinMs: number;
  readonly limit: number;
}

/** Everything before `from` of this resource, and every earlier resource, was shown. */
export interface FreePlace {
  readonly resourceId: string;
  readonly from: Instant;
}

export interface FreeInterval extends Interval {
  readonly resourceId: string;
}

export interface FreePage {
  readonly free: readonly FreeInterval[];
  /** Present when more may follow; a page may be short, even empty, before the end. */
  readonly next?: FreePlace;
}

/** Resources and intervals of one query, and queries for one page. They bound the cost of a page. */
const RESOURCES_MAX = 20;
const INTERVALS_MAX = 500;
const LOOKS_MAX = 10;

export async function listFree(db: Database, query: FreeQuery, place?: FreePlace): Promise<FreePage> {
  const free: FreeInterval[] = [];
  let at = place;
  for (let look = 0; look < LOOKS_MAX; look++) {
    const looked = await lookFrom(db, query, at);
    for (const one of looked.free) {
      free.push(one);
      if (free.length < query.limit) continue;
      const isLast = query.resourceId !== undefined && one.end === query.to;
      return isLast ? { free } : { free, next: { resourceId: one.resourceId, from: one.end } };
    }
    if (looked.next === undefined) return { free };
    at = looked.next;
  }
  return at === undefined ? { free } : { free, next: at };
}

/** One query: the rest of the current resource alone, or some whole resources after it. */
async function lookFrom(db: Database, query: FreeQuery, place: FreePlace | undefined): Promise<FreePage> {
  const { orgId, resourceId, from, to } = query;
  const bounds = { orgId, to, intervalsMax: INTERVALS_MAX };
  if (place !== undefined && place.from < to) {
    const rest = { ...bounds, from: place.from, resourceId: place.resourceId, resourcesMax: 1 };
    const [found] = await listLiveIntervals(db, rest);
    const page = freeOf(query, place, found ?? NEVER_BOOKED);
    return { free: page.free, next: page.next ?? { resourceId: place.resourceId, from: to } };
  }
  if (resourceId !== undefined) {
    return place === undefined ? lookFrom(db, query, { resourceId, from }) : { free: [] };
  }
  const afterResourceId = place === undefined ? {} : { afterResourceId: place.resourceId };
  const found = await listLiveIntervals(db, {
    ...bounds,
    from,
    ...afterResourceId,
    resourcesMax: RESOURCES_MAX,
  });
  const free: FreeInterval[] = [];
  for (const one of found) {
    const page = freeOf(query, { resourceId: one.resourceId, from }, one);
    free.push(...page.free);
    if (page.next !== undefined) return { free, next: page.next };
  }
  const last = found.at(-1);
  return found.length < RESOURCES_MAX || last === undefined
    ? { free }
    : { free, next: { resourceId: last.resourceId, from: to } };
}

const NEVER_BOOKED = { intervals: [] as readonly Interval[], isCut: false };

/** The free time of one resource as far as its intervals are known. */
function freeOf(
  { to, lengthMinMs }: FreeQuery,
  { resourceId, from }: FreePlace,
  { intervals, isCut }: { readonly intervals: readonly Interval[]; readonly isCut: boolean },
): FreePage {
  const end = isCut ? (intervals.at(-1)?.end ?? to) : to;
  const free = freeIntervals({ start: from, end }, intervals, { lengthMinMs });
  const named = free.map((interval) => ({ resourceId, ...interval }));
  return isCut && end < to ? { free: named, next: { resourceId, from: end } } : { free: named };
}

// Reads the occupied intervals of each resource of an org; free time is computed from them. Live appointments of a
// resource never overlap, so those in a window are the ones that start inside it and the last one that starts
// before it.

import { formatInstant, type Instant, type Interval } from '@slotline/core';

import type { Database } from '../sql/database.ts';
import { ORG } from './facts.ts';
import { epochMsText } from '../sql/instants.ts';
import { readRows, type ReadStatement } from '../sql/read-rows.ts';

export interface LiveIntervalsQuery {
  readonly orgId: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Only this resource. */
  readonly resourceId?: string | undefined;
  /** Only resources whose ids follow this one. */
  readonly afterResourceId?: string | undefined;
  readonly resourcesMax: number;
  /** Maximum per resource. */
  readonly intervalsMax: number;
}

export interface LiveIntervals {
  readonly resourceId: string;
  /** Ordered by start; they do not overlap. */
  readonly intervals: readonly Interval[];
  /** Whether the resource has more intervals in the window than `intervalsMax`. */
  readonly isCut: boolean;
}

const LIVE = `resource_key = r.resource_key and status in ('booked', 'held')`;

function listIntervals(isWanted: string): string {
  return `
  select r.resource_id as "resourceId", ${epochMsText('a.starts_at')} as start, ${epochMsText('a.ends_at')} as "end"
  from (
    select resources.* from ${ORG} cross join lateral (
      select * from resources where org_key = o.org_key and resource_id > $4 ${isWanted}
      order by resource_id limit $5
    ) resources
  ) r
  left join lateral (
    (select b.* from (
      select starts_at, ends_at from appointments
      where ${LIVE} and starts_at < $2::timestamptz order by starts_at desc limit 1
    ) b where b.ends_at > $2 and $2 < $3::timestamptz)
    union all
    (select starts_at, ends_at from appointments
    where ${LIVE} and starts_at >= $2 and starts_at < $3 order by starts_at limit $6)
  ) a on true
  order by r.resource_id, a.starts_at`;
}

export const LIST_LIVE_INTERVALS: ReadStatement = { name: 'live-intervals', text: listIntervals('') };
export const LIST_LIVE_INTERVALS_OF_RESOURCE: ReadStatement = {
  name: 'live-intervals-resource',
  text: listIntervals('and resource_id = $7'),
};

interface Row {
  readonly resourceId: string;
  readonly start: Instant | null;
  readonly end: Instant | null;
}

/**
 * Lists up to `resourcesMax` resources of an org by the bytes of their ids, each with its live intervals that
 * overlap `[from, to)`. More than `intervalsMax` intervals are cut off and marked with `isCut`. A resource that no
 * request has named is unknown and not listed. An empty window overlaps nothing.
 */
export async function listLiveIntervals(
  db: Database,
  query: LiveIntervalsQuery,
): Promise<readonly LiveIntervals[]> {
  const { orgId, resourceId, afterResourceId = '' } = query;
  const window = [formatInstant(query.from), formatInstant(query.to)];
  const values = [orgId, ...window, afterResourceId, query.resourcesMax, query.intervalsMax + 1];
  const rows =
    resourceId === undefined
      ? await readRows<Row>(db, LIST_LIVE_INTERVALS, values)
      : await readRows<Row>(db, LIST_LIVE_INTERVALS_OF_RESOURCE, [...values, resourceId]);
  const byResource = Map.groupBy(rows, (row) => row.resourceId);
  return [...byResource].map(([resource, found]) => toLiveIntervals(resource, found, query.intervalsMax));
}

function toLiveIntervals(resourceId: string, rows: readonly Row[], intervalsMax: number): LiveIntervals {
  const intervals = rows.flatMap(({ start, end }) =>
    start === null || end === null ? [] : [{ start, end }],
  );
  return { resourceId, intervals: intervals.slice(0, intervalsMax), isCut: intervals.length > intervalsMax };
}

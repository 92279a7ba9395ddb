// The appointments around refused books, for their alternatives: a round trip of its own, under the same locks,
// that only groups with conflicts pay for.

import { formatInstant, type Appointment, type Neighbourhood } from '@slotline/core';
import type pg from 'pg';

import {
  BYSTANDER_COLUMNS,
  BYSTANDER_SOURCE,
  IS_LIVE,
  toBystanders,
  type BystanderRow,
} from './bystanders.ts';
import type { Entry } from './entry.ts';
import { groupByOrg } from './load-group.ts';
import { sendTogether, toColumns, type Statement } from './statement.ts';

/** One refused book's neighbourhood on the resource with this key, as far as a search of this depth goes. */
export interface KeyedNeighbourhood extends Neighbourhood {
  readonly resourceKey: number;
  readonly scannedMax: number;
}

// Lateral look-ups with a LIMIT, each row once: for the reasons given in `load-statements.ts`.
const LOAD_NEIGHBOURS = `
  select ${BYSTANDER_COLUMNS}
  from (
    select distinct a.*
    from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::int[])
      as k(resource_key, first_starts_at, ends_at, scanned_max, taken_away)
    cross join lateral (
      (select ${BYSTANDER_SOURCE} from appointments
        where resource_key = k.resource_key and ${IS_LIVE} and starts_at < k.first_starts_at
        order by starts_at desc limit k.scanned_max + k.taken_away)
      union all
      (select ${BYSTANDER_SOURCE} from appointments
        where resource_key = k.resource_key and ${IS_LIVE} and starts_at < k.ends_at
        order by starts_at desc limit 1 + k.taken_away)
      union all
      (select ${BYSTANDER_SOURCE} from appointments
        where resource_key = k.resource_key and ${IS_LIVE} and starts_at >= k.ends_at
        order by starts_at limit k.scanned_max + k.taken_away)
    ) a
  ) b`;

/** The neighbours by org key. They carry no metadata, like all that are merely in the way. */
export async function loadNeighbours(
  client: pg.ClientBase,
  entries: readonly Entry[],
  neighbourhoods: readonly KeyedNeighbourhood[],
): Promise<ReadonlyMap<number, readonly Appointment[]>> {
  const [found] = await sendTogether(client, [neighboursStatement(neighbourhoods)]);
  return groupByOrg(toBystanders(entries, (found?.rows ?? []) as unknown as BystanderRow[]));
}

export function neighboursStatement(neighbourhoods: readonly KeyedNeighbourhood[]): Statement {
  const rows = neighbourhoods.map(({ resourceKey, before, end, scannedMax, takenAway }) => ({
    resource_key: resourceKey,
    first_starts_at: formatInstant(before),
    ends_at: formatInstant(end),
    scanned_max: scannedMax,
    taken_away: takenAway,
  }));
  const columns = ['resource_key', 'first_starts_at', 'ends_at', 'scanned_max', 'taken_away'] as const;
  return { name: 'load-neighbours', text: LOAD_NEIGHBOURS, values: toColumns(rows, columns) };
}

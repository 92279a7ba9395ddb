// Loads the appointments around refused books, from which their alternatives are computed. A separate round trip
// under the same locks, which only groups with conflicts need.

import type { Appointment } from '@slotline/core';
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
import type { Stretch, Stretches } from './neighbour-stretches.ts';
import { sendTogether } from '../sql/round-trip.ts';
import { toColumns, type Statement } from '../sql/statement.ts';

// Lateral look-ups with a LIMIT; the reasons are in `load-statements.ts`.
const lookUp = (parameters: string, order: string) => `
  select ${BYSTANDER_COLUMNS}
  from unnest(${parameters}) as k(resource_key, from_instant, below_instant, rows_max)
  cross join lateral (
    select ${BYSTANDER_SOURCE} from appointments
    where resource_key = k.resource_key and ${IS_LIVE}
      and starts_at >= k.from_instant and starts_at < k.below_instant
    order by ${order} limit k.rows_max
  ) b`;

const LOAD_NEIGHBOURS = [
  lookUp('$1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::int[]', 'starts_at desc'),
  lookUp('$5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::int[]', 'starts_at'),
].join('\n  union all');

/** Returns the neighbours by org key, possibly with duplicates. They have no metadata, like all bystanders. */
export async function loadNeighbours(
  client: pg.ClientBase,
  entries: readonly Entry[],
  stretches: Stretches,
): Promise<ReadonlyMap<number, readonly Appointment[]>> {
  const [found] = await sendTogether(client, [neighboursStatement(stretches)]);
  return groupByOrg(toBystanders(entries, (found?.rows ?? []) as unknown as BystanderRow[]));
}

export function neighboursStatement({ last, first }: Stretches): Statement {
  const values = [...toValues(last), ...toValues(first)];
  return { name: 'load-neighbours', text: LOAD_NEIGHBOURS, values };
}

function toValues(stretches: readonly Stretch[]): readonly Buffer[] {
  return toColumns(stretches, {
    resourceKey: 'bigint',
    from: 'timestamptz',
    below: 'timestamptz',
    rowsMax: 'int',
  });
}

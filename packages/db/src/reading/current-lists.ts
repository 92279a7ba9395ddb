// SQL of the lists of current facts: first the keys of the page from dedicated indexes, then its facts by primary
// key. There is one ordered scan per status and span; the scans are merged only as far as the page needs.

import type { AppointmentStatus } from '@slotline/core';

import { FACTS, FACTS_BYTES, ofResource, ORG, ORG_OF_ROW } from './facts.ts';
import { endAtBytes } from '../sql/page-bytes.ts';
import type { ReadStatement } from '../sql/read-rows.ts';
import { PLACE_OF_PAGE, placeOfSpan, SPAN_LENGTHS_MS } from '../sql/spans.ts';

/** The statuses that a list contains. */
export type StatusFilter = AppointmentStatus | 'all';

export function statusesOf(filter: StatusFilter): readonly AppointmentStatus[] {
  return filter === 'all' ? ['booked', 'held', 'cancelled', 'expired'] : [filter];
}

// Parameters: 1 org, 2 and 3 start of each span's scan (instant, id), 4 from, 5 to, 6 limit, 7 offset, 8 resource.
function scanSpans(owner: string, statuses: readonly AppointmentStatus[]): readonly string[] {
  return statuses.flatMap((status) =>
    SPAN_LENGTHS_MS.map((_, span) => {
      const place = placeOfSpan(span);
      return `
      (select starts_at, appointment_id from appointments
      where ${owner} and status = '${status}' and span = ${span}
        and (starts_at, appointment_id) > (${place.start}, ${place.id})
        and starts_at < $5::timestamptz and ends_at > $4::timestamptz
      order by starts_at, appointment_id)`;
    }),
  );
}

const LIVE = `resource_key = r.resource_key and status in ('booked', 'held')`;

// Live appointments of a resource never overlap, so spans are not needed: of those that start before the window
// only the last can extend into it, and no two start at the same instant.
function scanLive(statuses: readonly AppointmentStatus[]): string {
  const wanted = statuses.map((status) => `'${status}'`).join(', ');
  return `
      (select starts_at, appointment_id from appointments
      where ${LIVE} and status in (${wanted})
        and starts_at >= greatest(${PLACE_OF_PAGE.start}, coalesce(
          (select starts_at from (
            select starts_at, ends_at from appointments
            where ${LIVE} and starts_at <= $4::timestamptz order by starts_at desc limit 1
          ) before where ends_at > $4), $4))
        and (starts_at, appointment_id) > (${PLACE_OF_PAGE.start}, ${PLACE_OF_PAGE.id})
        and starts_at < $5::timestamptz
      order by starts_at limit $6::int + $7::int)`;
}

function pageOf(from: string, scans: readonly string[]): string {
  const rows = `
    select a.*, o.org_id from ${from}
    cross join lateral (
      select starts_at, appointment_id from (${scans.join(' union all ')}) found
      order by starts_at, appointment_id limit $6::int offset $7::int
    ) p
    cross join lateral (
      select * from appointments where org_key = o.org_key and appointment_id = p.appointment_id limit 1
    ) a`;
  const order = 'starts_at, appointment_id';
  return `
  select ${FACTS}, a."hasNext"
  from (${endAtBytes(rows, { order, weight: FACTS_BYTES })}) a ${ORG_OF_ROW}
  order by a.starts_at, a.appointment_id`;
}

function listOfOrg(filter: StatusFilter): ReadStatement {
  const scans = scanSpans('org_key = o.org_key', statusesOf(filter));
  return { name: `list-${filter}`, text: pageOf(ORG, scans) };
}

// Few live appointments are held, so a list of held ones alone uses the span scans instead of the scan of live
// ones.
function listOfResource(filter: StatusFilter): ReadStatement {
  const live =
    filter === 'all' ? (['booked', 'held'] as const) : filter === 'booked' ? ([filter] as const) : [];
  const rest = statusesOf(filter).filter((status) => !live.some((one) => one === status));
  const scans = scanSpans(`resource_key = r.resource_key and status <> 'booked'`, rest);
  const text = pageOf(`${ORG} ${ofResource('$8')}`, [
    ...(live.length === 0 ? [] : [scanLive(live)]),
    ...scans,
  ]);
  return { name: `list-resource-${filter}`, text };
}

function forEachFilter(make: (filter: StatusFilter) => ReadStatement): Record<StatusFilter, ReadStatement> {
  return {
    booked: make('booked'),
    held: make('held'),
    cancelled: make('cancelled'),
    expired: make('expired'),
    all: make('all'),
  };
}

export const LISTS_OF_ORG = forEachFilter(listOfOrg);
export const LISTS_OF_RESOURCE = forEachFilter(listOfResource);

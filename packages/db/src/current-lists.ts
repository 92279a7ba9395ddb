// Lists of current facts as SQL text: the keys of a page first, from indexes made for it, then the facts of the
// page by primary key. `from`, `to` and the place after which the page begins are bounds of the index scans.

import { FACTS, ORG_KEY, resourceKey } from './facts.ts';

// Parameters: 1 org, 2–5 scans (status, span, low start, low id), 6 from, 7 to, 8 limit, 9 offset.
const SCANS = 'unnest($2::text[], $3::smallint[], $4::timestamptz[], $5::text[]) as k(status, span, low_start, low_id)';

const IN_WINDOW = `
  (starts_at, appointment_id) > (k.low_start, k.low_id)
  and starts_at < $7::timestamptz and ends_at > $6::timestamptz`;

const FIRST = 'order by starts_at, appointment_id limit $8::int + $9::int';

function pageOf(keys: string): string {
  return `
  select ${FACTS} from (
    select starts_at, appointment_id from (${keys}) found
    order by starts_at, appointment_id limit $8 offset $9
  ) p
  cross join lateral (
    select * from appointments where org_key = ${ORG_KEY} and appointment_id = p.appointment_id limit 1
  ) a
  order by p.starts_at, p.appointment_id`;
}

export const LIST_OF_ORG = pageOf(`
  select a.* from ${SCANS}
  cross join lateral (
    select starts_at, appointment_id from appointments
    where org_key = ${ORG_KEY} and status = k.status and span = k.span and ${IN_WINDOW}
    ${FIRST}
  ) a`);

const RESOURCE_KEY = resourceKey('$10');
const LIVE = `resource_key = ${RESOURCE_KEY} and status in ('booked', 'held')`;

/**
 * Live appointments of a resource never overlap, so of those that start before a window only the last can reach in.
 * Further parameters: 10 resource, 11 the statuses of live ones wanted (none: that scan is not made), 12 and 13 the
 * place after which the page begins, or what precedes every place. The scans are for those that are not booked.
 */
export const LIST_OF_RESOURCE = pageOf(`
  (select starts_at, appointment_id from appointments
  where cardinality($11::text[]) > 0 and ${LIVE} and status = any ($11)
    and starts_at >= greatest($12::timestamptz, coalesce(
      (select starts_at from (
        select starts_at, ends_at from appointments
        where ${LIVE} and starts_at <= $6::timestamptz order by starts_at desc limit 1
      ) before where ends_at > $6), $6))
    and (starts_at, appointment_id) > ($12, $13::text)
    and starts_at < $7::timestamptz
  order by starts_at limit $8::int + $9::int)
  union all
  select a.* from ${SCANS}
  cross join lateral (
    select starts_at, appointment_id from appointments
    where resource_key = ${RESOURCE_KEY} and status <> 'booked' and status = k.status and span = k.span
      and ${IN_WINDOW}
    ${FIRST}
  ) a`);

// SQL of the lists of appointments as known at an instant T, built from the versions alone. A version was known at
// T if it was recorded by T and the next version was not. The statement uses one of two scans:
//
// * in order of start, like the lists of current facts. Versions recorded after T are skipped in the index. After
//   `versionsScannedMax` versions the page stops at a mark, and the next page continues after it.
// * in order of recording, if few versions were recorded by T, no matter how many came later.

import { FACTS, FACTS_BYTES, ofResource, ORG, ORG_OF_ROW } from './facts.ts';
import { endAtBytes } from '../sql/page-bytes.ts';
import type { ReadStatement } from '../sql/read-rows.ts';
import { PLACE_OF_PAGE, placeOfSpan, SPAN_LENGTHS_MS } from '../sql/spans.ts';

/**
 * The most versions that a page scans in order of start. Enough if each appointment was changed three times; a page
 * that skips them all without a match costs no more than a full one.
 */
export function versionsScannedMax(limit: number): number {
  return 300 + 4 * limit;
}

/** If at most this many versions were recorded by T, the list is scanned in order of recording. */
export const VERSIONS_EARLY_MAX = 1_000;

// Parameters: 1 org, 2 and 3 start of each span's scan (instant, id), 4 from, 5 to, 6 limit, 7 offset, 8 T, 9
// statuses, 10 maximum of versions scanned, 11 resource.

const BY_PLACE = 'order by starts_at, appointment_id, version';

// Recording times never go back within an org, so checking the version after the first `VERSIONS_EARLY_MAX` is
// enough.
const IS_EARLY = `exists (
  select from appointment_versions
  where org_key = o.org_key and sequence = ${VERSIONS_EARLY_MAX} + 1 and recorded_at > $8::timestamptz
)`;

const IS_WANTED = 'v.recorded_at <= $8::timestamptz and v.status = any ($9::text[])';

// A scalar subquery instead of `exists`, which the planner might turn into a join on another index.
const HAS_NEXT = `coalesce((
  select n.recorded_at <= $8 from appointment_versions n
  where n.org_key = o.org_key and n.appointment_id = v.appointment_id and n.version = v.version + 1
), false)`;

// At a mark, unread versions of the same appointment can follow at the same start, and the next page begins after
// all of them. So at a mark the known version of the appointment is looked up, independent of its position.
const VERSION_AT_MARK = `coalesce((
  select n.version from appointment_versions n
  where n.org_key = o.org_key and n.appointment_id = v.appointment_id and n.recorded_at <= $8
  order by n.version desc limit 1
), v.version)`;

const isMatchAtMark = (owner: string) => `coalesce((
  select n.starts_at = v.starts_at and n.ends_at > $4 and n.recorded_at <= $8 and n.status = any ($9)
    and n.${owner}
  from appointment_versions n
  where n.org_key = o.org_key and n.appointment_id = v.appointment_id and n.version = ${VERSION_AT_MARK}
), false)`;

function inOrderOfStart(owner: string): string {
  const scans = SPAN_LENGTHS_MS.map((_, span) => {
    const place = placeOfSpan(span);
    return `
        (select starts_at, appointment_id, version, status, recorded_at from appointment_versions
        where ${owner} and span = ${span}
          and (starts_at, appointment_id) > (${place.start}, ${place.id})
          and starts_at < $5::timestamptz and ends_at > $4::timestamptz
        ${BY_PLACE})`;
  });
  return `
    (select starts_at, appointment_id, version, scanned = $10::int as is_mark,
      case when scanned = $10 then is_match else true end as is_match,
      case when scanned = $10 then ${VERSION_AT_MARK} else version end as known_version
    from (
      select v.*,
        case when scanned = $10 then ${isMatchAtMark(owner)} else ${IS_WANTED} and not ${HAS_NEXT} end as is_match
      from (
        select *, row_number() over (${BY_PLACE}) as scanned from (${scans.join(' union all ')}) scans
        ${BY_PLACE} limit $10
      ) v
    ) v
    where (is_match or scanned = $10) and not ${IS_EARLY}
    ${BY_PLACE} limit $6::int + $7::int)`;
}

function inOrderOfRecording(isOwned: string): string {
  return `
    (select starts_at, appointment_id, version, false, true, version from (
      select * from (
        select * from appointment_versions
        where org_key = o.org_key and sequence <= ${VERSIONS_EARLY_MAX} order by sequence
      ) v
      where ${IS_EARLY} and ${isOwned} and ${IS_WANTED} and starts_at < $5 and ends_at > $4
        and (starts_at, appointment_id) > (${PLACE_OF_PAGE.start}, ${PLACE_OF_PAGE.id})
      ${BY_PLACE}
    ) v
    where not ${HAS_NEXT}
    ${BY_PLACE} limit $6 + $7)`;
}

function pageOf(from: string, ways: readonly string[]): string {
  const rows = `
    select a.*, o.org_id, p.is_match, p.is_mark, p.starts_at as place_starts_at, p.version as place_version
    from ${from}
    cross join lateral (
      select * from (${ways.join(' union all ')}) found
      ${BY_PLACE} limit $6 offset $7
    ) p
    cross join lateral (
      select * from appointment_versions
      where org_key = o.org_key and appointment_id = p.appointment_id and version = p.known_version limit 1
    ) a`;
  const order = 'place_starts_at, appointment_id, place_version';
  return `
  select ${FACTS}, a.is_match as "isMatch", a.is_mark as "isMark", a."hasNext"
  from (${endAtBytes(rows, { order, weight: FACTS_BYTES })}) a ${ORG_OF_ROW}
  order by a.place_starts_at, a.appointment_id, a.place_version`;
}

export const LIST_OF_ORG_AS_OF: ReadStatement = {
  name: 'list-as-of',
  text: pageOf(ORG, [inOrderOfStart('org_key = o.org_key'), inOrderOfRecording('true')]),
};

const IN_RESOURCE = 'resource_key = r.resource_key';
export const LIST_OF_RESOURCE_AS_OF: ReadStatement = {
  name: 'list-resource-as-of',
  text: pageOf(`${ORG} ${ofResource('$11')}`, [inOrderOfStart(IN_RESOURCE), inOrderOfRecording(IN_RESOURCE)]),
};

// Lists of what the service knew at an instant T, as SQL text, from the versions alone. A version is the one known
// at T when it was recorded by then and the next one was not. Two ways lead there, and the statement takes one:
//
// * in order of start, as lists of current facts are read. What was recorded after T is passed over in the index,
//   and a scan that passed over its share stops at a mark: up to there the page is complete, the next goes on.
// * in order of recording, when few versions were recorded by T, however many came later.

import { FACTS, ORG_KEY, resourceKey } from './facts.ts';

/** How many versions one scan in order of start looks at, at most. */
export const VERSIONS_SCANNED_MAX = 5_000;

/** Up to how many versions recorded by T the list is made in order of recording. */
export const VERSIONS_EARLY_MAX = 2_000;

// Parameters: 1 org, 2–4 scans (span, low start, low id), 5 T, 6 statuses, 7 from, 8 to, 9 and 10 the place after
// which the page begins, 11 versions scanned at most, 12 limit, 13 offset, 14 the resource, where there is one.
const SCANS = 'unnest($2::smallint[], $3::timestamptz[], $4::text[]) as k(span, low_start, low_id)';

const IS_KNOWN = `v.recorded_at <= $5::timestamptz and v.ends_at > $7::timestamptz and v.status = any ($6::text[])`;

// Recording times never go back in an org, so one look at the version after those few tells.
const IS_EARLY = `exists (
  select from appointment_versions
  where org_key = ${ORG_KEY} and sequence = ${VERSIONS_EARLY_MAX} + 1 and recorded_at > $5::timestamptz
)`;

const HAS_NEXT = `exists (
  select from appointment_versions n
  where n.org_key = v.org_key and n.appointment_id = v.appointment_id and n.version = v.version + 1
    and n.recorded_at <= $5
)`;

const BY_PLACE = 'order by starts_at, appointment_id, version';

// At a mark, versions of the same appointment at the same start may follow unread, and the next page begins behind
// all of them: so there the appointment is looked up, wherever its version stands.
const VERSION_AT_MARK = `coalesce((
  select version from appointment_versions n
  where n.org_key = v.org_key and n.appointment_id = v.appointment_id and n.recorded_at <= $5
  order by version desc limit 1
), version)`;

const IS_MATCH_AT_MARK = `exists (
  select from appointment_versions n
  where n.org_key = v.org_key and n.appointment_id = v.appointment_id and n.version = ${VERSION_AT_MARK}
    and n.starts_at = v.starts_at and n.span = v.span
    and n.recorded_at <= $5 and n.ends_at > $7 and n.status = any ($6)
)`;

function inOrderOfStart(owner: string): string {
  return `
  select a.* from ${SCANS}
  cross join lateral (
    select starts_at, appointment_id, version, is_match, scanned = $11::int as is_mark,
      case when scanned = $11 then ${VERSION_AT_MARK} else version end as known_version
    from (
      select v.*, case when scanned = $11 then ${IS_MATCH_AT_MARK} else ${IS_KNOWN} and not ${HAS_NEXT} end as is_match
      from (
        select org_key, appointment_id, version, span, starts_at, ends_at, status, recorded_at,
          row_number() over (${BY_PLACE}) as scanned
        from appointment_versions
        where ${owner} and span = k.span
          and (starts_at, appointment_id) > (k.low_start, k.low_id) and starts_at < $8::timestamptz
        ${BY_PLACE} limit $11
      ) v
    ) v
    where is_match or scanned = $11
    ${BY_PLACE} limit $12::int + $13::int
  ) a
  where not ${IS_EARLY}`;
}

function inOrderOfRecording(isOwned: string): string {
  return `
  (select starts_at, appointment_id, version, true, false, version from (
    select * from (
      select * from appointment_versions
      where org_key = ${ORG_KEY} and sequence <= ${VERSIONS_EARLY_MAX} order by sequence
    ) v
    where ${IS_EARLY} and ${IS_KNOWN} and ${isOwned}
      and (starts_at, appointment_id) > ($9::timestamptz, $10::text) and starts_at < $8
    ${BY_PLACE}
  ) v
  where not ${HAS_NEXT}
  ${BY_PLACE} limit $12 + $13)`;
}

function pageOf({ owner, isOwned }: { owner: string; isOwned: string }): string {
  return `
  select ${FACTS}, p.is_match as "isMatch", p.is_mark as "isMark" from (
    select * from (${inOrderOfStart(owner)} union all ${inOrderOfRecording(isOwned)}) found
    ${BY_PLACE} limit $12 offset $13
  ) p
  cross join lateral (
    select * from appointment_versions
    where org_key = ${ORG_KEY} and appointment_id = p.appointment_id and version = p.known_version limit 1
  ) a
  order by p.starts_at, p.appointment_id, p.version`;
}

export const LIST_OF_ORG_AS_OF = pageOf({ owner: `org_key = ${ORG_KEY}`, isOwned: 'true' });

const RESOURCE_KEY = resourceKey('$14');
export const LIST_OF_RESOURCE_AS_OF = pageOf({
  owner: `resource_key = ${RESOURCE_KEY}`,
  isOwned: `resource_key = ${RESOURCE_KEY}`,
});

// The statements of the first round trip: BEGIN, the locks, then everything a group can touch.
//
// Every look-up is lateral with a LIMIT. The planner cannot reorder it, so it remains one index look-up per wanted
// row, whatever the statistics say. As a join it fell to 500 rows/s on a fresh, unanalysed table.

import { epochMsText } from '../sql/instants.ts';
import { toBinaryArray } from '../sql/binary-array.ts';
import { BYSTANDER_COLUMNS, BYSTANDER_SOURCE, IS_LIVE } from './bystanders.ts';
import { appointmentIdsOf, type Entry, countWishes } from './entry.ts';
import { BEGIN, toColumns, type Statement } from '../sql/statement.ts';
import { blockersToLoad, INSTANT_MAX, INSTANT_MIN, type Instant } from '@slotline/core';

/** First half of the advisory lock's key ("SLOT"), so it does not collide with other users of advisory locks. */
const ORG_LOCK_CLASS = 0x534c4f54;

const LOCK_ORGS = `select pg_advisory_xact_lock(${ORG_LOCK_CLASS}, org_key) from unnest($1::int[]) as org_key`;

const LOAD_COUNTERS = `
  select k.org_key, o.decision_sequence, o.change_sequence,
    ${epochMsText("greatest(o.recorded_at, date_trunc('milliseconds', clock_timestamp()))")} as recorded_at
  from unnest($1::int[]) as k(org_key)
  cross join lateral (select * from orgs where org_key = k.org_key limit 1) o`;

const LOAD_DECIDED = `
  select r.request_id, r.org_key, r.appointment_id, r.operation, r.outcome, r.version, r.outcome_detail,
    r.fingerprint, ${epochMsText('r.accepted_at')} as accepted_at, ${epochMsText('r.decided_at')} as decided_at
  from unnest($1::uuid[], $2::int[]) as k(request_id, org_key)
  cross join lateral (
    select * from requests where request_id = k.request_id and org_key = k.org_key limit 1
  ) r`;

const LOAD_NAMED = `
  select a.org_key, a.appointment_id as id, a.resource_key, r.resource_id as "resourceId",
    ${epochMsText('a.starts_at')} as start, ${epochMsText('a.ends_at')} as "end",
    ${epochMsText('a.created_at')} as "createdAt", ${epochMsText('a.updated_at')} as "updatedAt",
    a.status, ${epochMsText('a.held_until')} as "heldUntil", a.version, a.metadata
  from unnest($1::int[], $2::text[]) as k(org_key, appointment_id)
  cross join lateral (
    select * from appointments where org_key = k.org_key and appointment_id = k.appointment_id limit 1
  ) a
  cross join lateral (select resource_id from resources where resource_key = a.resource_key limit 1) r`;

// Live appointments of a resource never overlap, so their order by start is also their order by end. Take the last
// one that starts before the end of all intervals wanted on a resource: if it does not extend into them, none of
// them is blocked. That is one look-up per resource, and most resources need no other. It is the most expensive
// one, because a backward scan reads its whole index page before it stops.
//
// Otherwise the blockers of an interval are the last appointment that starts before it, if it extends into it, and
// those that start inside. This takes a few µs, against about 36 µs through GiST. Each blocker is returned once: a
// thousand year-long requests find the same few thousand blockers half a million times, which took the decider 2.7
// s and 300 MB to receive.
const LOAD_BLOCKERS = `
  select ${BYSTANDER_COLUMNS}
  from (
    select distinct a.*
    from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::int[])
      as r(resource_key, starts_at, ends_at, first, last)
    cross join lateral (
      select ends_at from appointments
      where resource_key = r.resource_key and ${IS_LIVE} and starts_at < r.ends_at
      order by starts_at desc limit 1
    ) latest
    cross join lateral generate_series(r.first, r.last) as at
    cross join lateral (
      select ($6::timestamptz[])[at] as starts_at, ($7::timestamptz[])[at] as ends_at, ($8::int[])[at] as blockers_max
    ) k
    cross join lateral (
      (select before.* from (
        select ${BYSTANDER_SOURCE} from appointments
        where resource_key = r.resource_key and ${IS_LIVE} and starts_at < k.starts_at
        order by starts_at desc limit 1
      ) before where before.ends_at > k.starts_at)
      union all
      (select ${BYSTANDER_SOURCE} from appointments
        where resource_key = r.resource_key and ${IS_LIVE}
          and starts_at >= k.starts_at and starts_at < k.ends_at
        order by starts_at limit k.blockers_max)
    ) a
    where latest.ends_at > r.starts_at
  ) b`;

/** Yields the statements in the order in which they must be sent: the locks first. */
export function* loadStatements(entries: readonly Entry[]): Iterable<Statement> {
  // Sorted, so that two transactions on several orgs cannot deadlock.
  const orgKeys = [...new Set(entries.map(({ orgKey }) => orgKey))].toSorted((a, b) => a - b);
  const orgs = toBinaryArray('int', orgKeys);
  yield BEGIN;
  yield { name: 'lock-orgs', text: LOCK_ORGS, values: [orgs] };
  yield { name: 'load-counters', text: LOAD_COUNTERS, values: [orgs] };
  const requests = toColumns(entries, { requestId: 'uuid', orgKey: 'int' });
  yield { name: 'load-decided', text: LOAD_DECIDED, values: requests };
  const named = toColumns(entries.flatMap(toNames), { orgKey: 'int', appointmentId: 'text' });
  yield { name: 'load-named', text: LOAD_NAMED, values: named };
  const { resources, intervals } = bookedIntervals(entries);
  yield {
    name: 'load-blockers',
    text: LOAD_BLOCKERS,
    values: [...toColumns(resources, RESOURCE_TYPES), ...toColumns(intervals, INTERVAL_TYPES)],
  };
}

const RESOURCE_TYPES = {
  resource_key: 'bigint',
  starts_at: 'timestamptz',
  ends_at: 'timestamptz',
  first: 'int',
  last: 'int',
} as const;
const INTERVAL_TYPES = { starts_at: 'timestamptz', ends_at: 'timestamptz', blockers_max: 'int' } as const;

function toNames(entry: Entry) {
  return appointmentIdsOf(entry).map((appointmentId) => ({ orgKey: entry.orgKey, appointmentId }));
}

interface BookedInterval {
  readonly starts_at: Instant;
  readonly ends_at: Instant;
  readonly blockers_max: number;
}

/** The hull of all intervals of one resource, and their range in the list of intervals, counted from 1. */
interface BookedResource {
  readonly resource_key: number;
  readonly starts_at: Instant;
  readonly ends_at: Instant;
  readonly first: number;
  readonly last: number;
}

interface BookedIntervals {
  readonly resources: readonly BookedResource[];
  readonly intervals: readonly BookedInterval[];
}

/**
 * Returns one look-up per book, grouped by resource, so that one look-up per resource can show that none of its
 * intervals is blocked. Each has the number of blockers to load given the other wishes of its org.
 */
function bookedIntervals(entries: readonly Entry[]): BookedIntervals {
  const resources: BookedResource[] = [];
  const intervals: BookedInterval[] = [];
  for (const [resourceKey, ofResource] of byResource(entries)) {
    const first = intervals.length + 1;
    let [startsAt, endsAt] = [INSTANT_MAX, INSTANT_MIN];
    for (const interval of ofResource) {
      intervals.push(interval);
      if (interval.starts_at < startsAt) startsAt = interval.starts_at;
      if (interval.ends_at > endsAt) endsAt = interval.ends_at;
    }
    resources.push({
      resource_key: resourceKey,
      starts_at: startsAt,
      ends_at: endsAt,
      first,
      last: intervals.length,
    });
  }
  return { resources, intervals };
}

function byResource(entries: readonly Entry[]): ReadonlyMap<number, readonly BookedInterval[]> {
  const earlier = new Map<number, number>();
  const found = new Map<number, BookedInterval[]>();
  for (const entry of entries) {
    const before = earlier.get(entry.orgKey) ?? 0;
    const together = countWishes(entry);
    earlier.set(entry.orgKey, before + together);
    for (const { book, resourceKey } of entry.books) {
      const interval = {
        starts_at: book.start,
        ends_at: book.end,
        blockers_max: blockersToLoad(before + together - 1),
      };
      const ofResource = found.get(resourceKey);
      if (ofResource === undefined) found.set(resourceKey, [interval]);
      else ofResource.push(interval);
    }
  }
  return found;
}

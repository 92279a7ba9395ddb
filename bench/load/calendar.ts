// Years of a calendar as rows, written in bulk past the decider: ten thousand a second are too few to fill a million.
// Every figure of it follows from the number of appointments; one of a million is only longer than one of a thousand,
// not denser.

import pg from 'pg';

export interface Calendar {
  readonly orgId: string;
  readonly resources: number;
  readonly appointments: number;
}

/** When the first appointment starts. */
export const CALENDAR_START_MS = Date.UTC(2030, 0, 1);
/** From one start to the next in a resource. */
export const CALENDAR_SLOT_MS = 45 * 60_000;

/** When the last appointment starts, at the latest. */
export function calendarEndMs({ appointments, resources }: Calendar): number {
  return CALENDAR_START_MS + Math.ceil(appointments / resources) * CALENDAR_SLOT_MS;
}

/** The org's rows make sense by how they are made, so the checks of each against the others are left out. */
const UNCHECKED = 'set local session_replication_role = replica';

/** No read uses this index, and it takes longer to make than everything else together. */
const WITHOUT_OVERLAPS = 'alter table appointments drop constraint if exists appointments_no_overlap';

const MAKE_ORG = `
  with made as (insert into orgs (org_id) values ($1) returning org_key)
  insert into resources (org_key, resource_id)
  select org_key, 'room-' || n from made, generate_series(0, $2::int - 1) n`;

// Appointment n: seven of eight booked, 30 minutes or 45, the rest cancelled, some of those days long; now and
// then one held or expired. Recorded up to 30 days before it starts, a third of them once more up to 5 days later.
const MAKE_VERSIONS = `
  create temporary table made on commit drop as
  select r.org_key, 'appointment-' || n as appointment_id, r.resource_key, starts_at,
    starts_at + case
      when n % 800 = 0 then interval '3 days' when n % 10 = 0 then interval '45 minutes' else interval '30 minutes'
    end as ends_at,
    case
      when v < versions then 'booked'
      when n % 8 = 0 then 'cancelled' when n % 1000 = 1 then 'held' when n % 50 = 3 then 'expired'
      else 'booked'
    end as status,
    v as version, v = versions as is_last, at.recorded_at,
    row_number() over (order by at.recorded_at, n, v) as sequence
  from generate_series(0, $2::int - 1) n
  cross join lateral (
    select timestamptz '2030-01-01Z' + (n / $3::int) * interval '45 minutes' as starts_at,
      1 + (n % 3 = 0 or n % 8 = 0 or n % 50 = 3)::int as versions,
      abs(hashint4(n)) % 2592000 as lead_s, abs(hashint4(-n)) % 432000 as later_s
  ) a
  cross join lateral generate_series(1, versions) v
  cross join lateral (
    select starts_at - lead_s * interval '1 second' + (v - 1) * later_s * interval '1 second' as recorded_at
  ) at
  join (select org_key, resource_key, resource_id from resources join orgs using (org_key) where org_id = $1) r
    on r.resource_id = 'room-' || n % $3`;

const FACTS = `org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at, status, version,
  recorded_at, held_until`;
const MADE_FACTS = `org_key, appointment_id, resource_key, starts_at, ends_at, starts_at, starts_at, status, version,
  recorded_at, case status when 'held' then starts_at end`;

const INSERT_VERSIONS = `
  insert into appointment_versions (${FACTS}, sequence, request_id)
  select ${MADE_FACTS}, sequence, gen_random_uuid() from made order by sequence`;
const INSERT_APPOINTMENTS = `
  insert into appointments (${FACTS}) select ${MADE_FACTS} from made where is_last order by sequence`;

// One request a version, every fiftieth of them refused.
const INSERT_REQUESTS = `
  insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome, version,
    accepted_at, decided_at)
  select gen_random_uuid(), org_key, sequence, operation, appointment_id, outcome,
    case outcome when 'not-found' then null else version end, recorded_at, recorded_at
  from made cross join lateral (
    select case when sequence % 50 = 0 then 'not-found' when version = 1 then 'created' when status = 'cancelled'
      then 'cancelled' when status = 'expired' then 'expired' else 'updated' end as outcome
  ) o
  cross join lateral (
    select case outcome when 'created' then 'book' when 'updated' then 'book' when 'expired' then 'expire'
      else 'cancel' end as operation
  ) p
  order by sequence`;
const COUNT_ORG = `
  update orgs set (change_sequence, decision_sequence, recorded_at) =
    (select max(sequence), max(sequence), max(recorded_at) from made)
  where org_id = $1`;

/**
 * Fills an org that the database does not have yet; about a minute a million appointments. The database is for
 * reading from then on: nothing in it refuses overlaps any more.
 */
export async function fillCalendar(url: string, calendar: Calendar): Promise<void> {
  const { orgId, resources, appointments } = calendar;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(UNCHECKED);
    await client.query(WITHOUT_OVERLAPS);
    await client.query(MAKE_ORG, [orgId, resources]);
    await client.query(MAKE_VERSIONS, [orgId, appointments, resources]);
    await client.query(INSERT_VERSIONS);
    await client.query(INSERT_APPOINTMENTS);
    await client.query(INSERT_REQUESTS);
    await client.query(COUNT_ORG, [orgId]);
    await client.query('commit');
    // Autovacuum would do this at some time: index-only scans then use the visibility map.
    await client.query('vacuum (analyze) appointments, appointment_versions, requests, orgs, resources');
  } finally {
    await client.end();
  }
}

/** When the org's version of that sequence was recorded. */
export async function recordedAtMs(url: string, { orgId }: Calendar, sequence: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ recorded_at: Date }>(
      `select v.recorded_at from appointment_versions v join orgs using (org_key)
       where org_id = $1 and sequence >= $2 order by sequence limit 1`,
      [orgId, sequence],
    );
    return rows[0]?.recorded_at.getTime() ?? CALENDAR_START_MS;
  } finally {
    await client.end();
  }
}

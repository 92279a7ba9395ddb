// The first bookings of a shape of one org as rows, written past the decider as it would have left them: ten thousand
// a second are too few to fill a million.

import pg from 'pg';

import { requestIdOf, slotOf, type Traffic } from './traffic.ts';

/** The rows make sense by how they are made, so the checks of each against the others are left out. */
const UNCHECKED = 'set session_replication_role = replica';

// One org, all in its order: n is the number of a booking, and its version and its decision are the next ones.
const MAKE = `
  create temporary table made as
  select n, n::text as appointment_id, r.org_key, r.resource_key, n + 1 as sequence,
    $3::timestamptz + n / $4::int * ($5::timestamptz - $3::timestamptz) as starts_at,
    $5::timestamptz + n / $4::int * ($5::timestamptz - $3::timestamptz) as ends_at,
    timestamptz '2029-09-28Z' as noted_at,
    (left($6, 24) || lpad(to_hex(n), 12, '0'))::uuid as request_id
  from generate_series(0, $2::int - 1) n
  join (select org_key, resource_key, resource_id from resources join orgs using (org_key) where org_id = $1) r
    on r.resource_id = 'room-' || n % $4`;

const FACTS = `org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at, status, version,
  recorded_at`;
const MADE_FACTS = `org_key, appointment_id, resource_key, starts_at, ends_at, noted_at, noted_at, 'booked', 1, noted_at`;

const STATEMENTS = [
  `insert into appointments (${FACTS}) select ${MADE_FACTS} from made order by n`,
  `insert into appointment_versions (${FACTS}, sequence, request_id)
   select ${MADE_FACTS}, sequence, request_id from made order by n`,
  `insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome, version,
     accepted_at, decided_at)
   select request_id, org_key, sequence, 'book', appointment_id, 'created', 1, noted_at, noted_at
   from made order by n`,
  `update orgs set decision_sequence = sequence, change_sequence = sequence, recorded_at = noted_at
   from (select * from made order by n desc limit 1) made where orgs.org_key = made.org_key`,
  // Autovacuum would do this at some time, possibly during a measurement.
  'vacuum (analyze) appointments, appointment_versions, requests, orgs, resources',
  'checkpoint',
];

/** Fills an org that the database does not have yet; a minute or two a million. */
export async function fillOrg(url: string, traffic: Traffic, appointments: number): Promise<void> {
  const first = slotOf(traffic, 0);
  const instants = [first.startMs, first.endMs].map((ms) => new Date(ms).toISOString());
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(UNCHECKED);
    await client.query(
      `with made as (insert into orgs (org_id) values ($1) returning org_key)
       insert into resources (org_key, resource_id)
       select org_key, 'room-' || n from made, generate_series(0, $2::int - 1) n`,
      [first.orgId, traffic.resourcesPerOrg],
    );
    const [start, end] = instants;
    await client.query(MAKE, [
      first.orgId,
      appointments,
      start,
      traffic.resourcesPerOrg,
      end,
      requestIdOf(0),
    ]);
    for (const statement of STATEMENTS) await client.query(statement);
  } finally {
    await client.end();
  }
}

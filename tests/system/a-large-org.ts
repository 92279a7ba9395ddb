// Writes large rows straight into the database, for the tests of what their lists cost: over HTTP it would take
// minutes, and outcomes of this size are kept from earlier releases alone.

import pg from 'pg';

/** With its ids, a row of 4 kB. */
const METADATA_BYTES = 4_080;

export interface LargeOrg {
  readonly orgId: string;
  readonly appointments?: number;
  /** Refused requests, each with an outcome of about {@link OUTCOME_BYTES}. */
  readonly outcomes?: number;
}

const OUTCOME_BYTES = 2_800_000;

export async function writeLargeOrg(databaseUrl: string, org: LargeOrg): Promise<void> {
  const { orgId, appointments = 0, outcomes = 0 } = org;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const inserted = await client.query<{ org_key: number }>(
      'insert into orgs (org_id, decision_sequence) values ($1, 1000) returning org_key',
      [orgId],
    );
    const orgKey = inserted.rows[0]?.org_key;
    const made = await client.query<{ resource_key: number }>(
      "insert into resources (org_key, resource_id) values ($1, 'room') returning resource_key",
      [orgKey],
    );
    await client.query(APPOINTMENTS, [orgKey, made.rows[0]?.resource_key, appointments]);
    await client.query(OUTCOMES, [orgKey, outcomes]);
  } finally {
    await client.end();
  }
}

const APPOINTMENTS = `
  insert into appointments (org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at,
      status, version, recorded_at, metadata)
    select $1::int, 'a' || n, $2::int, t, t + interval '9 minutes', t, t, 'booked', 1, now(),
      json_build_object('notes', repeat('x', ${METADATA_BYTES}))
    from generate_series(1, $3::int) n
    cross join lateral (select timestamptz '2030-10-10Z' + n * interval '10 minutes' as t) at`;

// Ids at random, so that they are stored and sent at nearly their size.
const OUTCOMES = `
  insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome, outcome_detail,
      accepted_at, decided_at)
    select gen_random_uuid(), $1::int, n, 'book', 'b', 'conflict', json_build_object('conflictsWith', b.blockers),
      now(), now()
    from generate_series(1, $2::int) n
    cross join (
      select json_agg(json_build_object('id', gen_random_uuid(), 'start', 1918000000000, 'end', 1918000060000))
        as blockers
      from generate_series(1, ${Math.round(OUTCOME_BYTES / 93)})
    ) b`;

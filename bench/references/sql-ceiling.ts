// The most PostgreSQL gives for these rows: appointments, versions, outcomes and the org's counters, into our
// tables under our constraints, in one prepared statement a table, all sent at once and committed together. No
// locks, no look-ups, no decisions, and the values are written out before the clock starts.

import pg from 'pg';

import { requestIdOf, slotOf, type Traffic } from '../load/traffic.ts';

export interface SqlCeiling {
  /** Makes the values of a group ready; the function returned writes and commits them. */
  prepare(numbers: readonly number[]): () => Promise<void>;
  close(): Promise<void>;
}

const FACTS = `$1::int, k.id, k.resource_key, k.starts_at, k.ends_at, $6::timestamptz, $6, 'booked', 1, null::json, now()`;
const COLUMNS =
  'org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at, status, version, metadata, recorded_at';
const ROWS = `unnest($2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[]`;

const INSERT_APPOINTMENTS = {
  name: 'appointments',
  text: `insert into appointments (${COLUMNS})
    select ${FACTS} from ${ROWS}) as k(id, resource_key, starts_at, ends_at)`,
};
const INSERT_VERSIONS = {
  name: 'versions',
  text: `insert into appointment_versions (${COLUMNS}, sequence, request_id)
    select ${FACTS}, k.sequence, k.request_id
    from ${ROWS}, $7::bigint[], $8::uuid[]) as k(id, resource_key, starts_at, ends_at, sequence, request_id)`,
};
const INSERT_REQUESTS = {
  name: 'requests',
  text: `insert into requests
      (request_id, org_key, decision_sequence, operation, appointment_id, outcome, version, accepted_at, decided_at)
    select k.request_id, $1::int, k.sequence, 'book', k.id, 'created', 1, $5::timestamptz, now()
    from unnest($2::text[], $3::bigint[], $4::uuid[]) as k(id, sequence, request_id)`,
};
const COUNT_ORG = {
  name: 'count',
  text: `update orgs set decision_sequence = $2, change_sequence = $2, recorded_at = now() where org_key = $1::int`,
};

const NOTED = '2029-09-28T00:00:00.000Z';

export async function openSqlCeiling(url: string, traffic: Traffic): Promise<SqlCeiling> {
  const pool = new pg.Pool({ connectionString: url, max: 1, pipeline: true });
  // An idle connection that the server ends, as it does when the database is dropped, is no reason to fall.
  pool.on('error', () => {});
  const orgKey = await makeOrg(pool);
  const resourceKeys = await makeResources(pool, orgKey, traffic.resourcesPerOrg);
  return {
    prepare: (numbers) => {
      const values = toValues(numbers, { traffic, orgKey, resourceKeys });
      return () => write(pool, values);
    },
    close: () => pool.end(),
  };
}

async function makeOrg(pool: pg.Pool): Promise<number> {
  const text = `insert into orgs (org_id) values ('ceiling') returning org_key as key`;
  const { rows } = await pool.query<{ key: number }>(text);
  return rows[0]?.key ?? 0;
}

async function makeResources(pool: pg.Pool, orgKey: number, count: number): Promise<Map<string, number>> {
  const names = Array.from({ length: count }, (_, number) => `room-${number}`);
  const text = `insert into resources (org_key, resource_id) select $1, unnest($2::text[])
    returning resource_id as name, resource_key as key`;
  const { rows } = await pool.query<{ name: string; key: number }>(text, [orgKey, names]);
  return new Map(rows.map(({ name, key }) => [name, key]));
}

interface Values {
  readonly appointments: readonly unknown[];
  readonly versions: readonly unknown[];
  readonly requests: readonly unknown[];
  readonly count: readonly unknown[];
}

interface Keys {
  readonly traffic: Traffic;
  readonly orgKey: number;
  readonly resourceKeys: ReadonlyMap<string, number>;
}

function toValues(numbers: readonly number[], { traffic, orgKey, resourceKeys }: Keys): Values {
  const slots = numbers.map((number) => slotOf(traffic, number));
  // The texts below hold digits, dashes and colons only.
  const array = (values: readonly (string | number | undefined)[]) => `{${values.join(',')}}`;
  const ids = array(slots.map(({ id }) => id));
  const sequences = array(numbers.map((number) => number + 1));
  const requestIds = array(numbers.map(requestIdOf));
  const appointments = [
    orgKey,
    ids,
    array(slots.map(({ resourceId }) => resourceKeys.get(resourceId))),
    array(slots.map(({ startMs }) => `"${new Date(startMs).toISOString()}"`)),
    array(slots.map(({ endMs }) => `"${new Date(endMs).toISOString()}"`)),
    NOTED,
  ];
  return {
    appointments,
    versions: [...appointments, sequences, requestIds],
    requests: [orgKey, ids, sequences, requestIds, NOTED],
    count: [orgKey, (numbers.at(-1) ?? 0) + 1],
  };
}

async function write(pool: pg.Pool, values: Values): Promise<void> {
  const client = await pool.connect();
  try {
    const answers = await Promise.all([
      client.query('begin'),
      client.query({ ...INSERT_APPOINTMENTS, values: [...values.appointments] }),
      client.query({ ...INSERT_VERSIONS, values: [...values.versions] }),
      client.query({ ...INSERT_REQUESTS, values: [...values.requests] }),
      client.query({ ...COUNT_ORG, values: [...values.count] }),
      client.query('commit'),
    ]);
    if (answers.at(-1)?.command !== 'COMMIT') throw new Error('the ceiling was rolled back');
  } finally {
    client.release();
  }
}

// Plans of the deciding transaction are index look-ups on tables that were never analysed, planned while the tables
// were empty or full.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';

import { PLAN_SETTINGS } from '../src/sql/plan-settings.ts';
import { FIND_OVERLAPS } from '../src/decider/find-overlaps.ts';
import { neighboursStatement } from '../src/decider/load-neighbours.ts';
import { loadStatements } from '../src/decider/load-statements.ts';
import { FIND_ORGS, FIND_RESOURCES } from '../src/decider/surrogate-keys.ts';
import { COUNT_ORGS, DELETE_APPOINTMENTS } from '../src/decider/write-statements.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let early: pg.Client;
let late: pg.Client;

const LOADS = Object.fromEntries([...loadStatements([])].map(({ name, text }) => [name, text]));
const STATEMENTS: Readonly<Record<string, string | undefined>> = {
  find_orgs: FIND_ORGS,
  find_resources: FIND_RESOURCES,
  load_counters: LOADS['load-counters'],
  load_decided: LOADS['load-decided'],
  load_named: LOADS['load-named'],
  load_blockers: LOADS['load-blockers'],
  load_neighbours: neighboursStatement({ last: [], first: [] }).text,
  delete_appointments: DELETE_APPOINTMENTS,
  count_orgs: COUNT_ORGS,
  find_overlaps: FIND_OVERLAPS,
};

const INDEXES = [
  ['find_orgs', ['orgs_org_id_key']],
  ['find_resources', ['resources_org_key_resource_id_key']],
  ['load_counters', ['orgs_pkey']],
  ['load_decided', ['requests_pkey']],
  ['load_named', ['appointments_pkey', 'resources_pkey']],
  ['load_blockers', Array<string>(3).fill('appointments_live_by_resource')],
  ['load_neighbours', ['appointments_live_by_resource', 'appointments_live_by_resource']],
  ['delete_appointments', ['appointments_pkey']],
  ['count_orgs', ['orgs_pkey']],
  ['find_overlaps', ['appointments_no_overlap']],
] as const;

beforeAll(async () => {
  it = await setUpDecider();
  for (const table of ['orgs', 'resources', 'requests', 'appointments']) {
    await it.raw.query(`alter table ${table} set (autovacuum_enabled = off)`);
  }
  early = await prepareAll();
  for (const name of Object.keys(STATEMENTS)) await planOf(early, name); // planned on empty tables
  await fill();
  late = await prepareAll();
}, 60_000);
afterAll(async () => {
  await Promise.all([early.end(), late.end()]);
  await it.close();
});

async function prepareAll(): Promise<pg.Client> {
  const options = Object.entries(PLAN_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  const client = new pg.Client({ connectionString: it.url, options: options.join(' ') });
  await client.connect();
  for (const [name, text] of Object.entries(STATEMENTS)) await client.query(`prepare ${name} as ${text}`);
  return client;
}

/** The generic plan, which is used for all values. */
async function planOf(client: pg.Client, name: string): Promise<string> {
  const places = new Set(STATEMENTS[name]?.match(/\$\d+/g));
  const values = [...places].map(() => 'null').join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute ${name}(${values})`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

async function fill(): Promise<void> {
  await it.raw.query(`
    insert into orgs (org_id) select 'org-' || n from generate_series(1, 5000) n;
    insert into resources (org_key, resource_id) select n, 'room' from generate_series(1, 5000) n;
    insert into appointments
      select n % 5000 + 1, 'a' || n, n % 5000 + 1, t, t + interval '9 minutes', t, t, 'booked', 1, null, t
      from generate_series(1, 50000) n
      cross join lateral (select timestamptz '2030-01-01Z' + n * interval '10 minutes' as t) at;
    insert into requests
      select gen_random_uuid(), n % 5000 + 1, n, 'book', 'a' || n, 'created', 1, null, null, null, now(), now()
      from generate_series(1, 50000) n`);
}

describe.each([
  ['while the tables were empty', () => early],
  ['on 50,000 rows that were never analysed', () => late],
])('planned %s', (_, client) => {
  test.each(INDEXES)('%s reads through %j', async (name, indexes) => {
    const plan = await planOf(client(), name);
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join|Bitmap/);
    const scans = plan.match(/Index(?: Only)? Scan (?:Backward )?using \S+[^\n]*\n\s+Index Cond/g) ?? [];
    const used = scans
      .map((scan) => /using (\S+)/.exec(scan)?.[1] ?? '')
      .toSorted((a, b) => a.localeCompare(b));
    expect(used).toEqual([...indexes]);
    expect(plan.match(/Index(?: Only)? Scan/g)).toHaveLength(indexes.length);
  });
});

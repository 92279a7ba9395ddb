// Plans of the reads are look-ups and ordered scans of the indexes made for them, on tables that were never
// analysed, planned while the tables were empty or full, and for any parameters.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';

import { FIND_APPOINTMENT, FIND_APPOINTMENT_AS_OF } from '../src/reading/appointments.ts';
import { LIST_OF_ORG_AS_OF, LIST_OF_RESOURCE_AS_OF } from '../src/reading/as-of-lists.ts';
import { LIST_CHANGES } from '../src/reading/changes.ts';
import { LISTS_OF_ORG, LISTS_OF_RESOURCE } from '../src/reading/current-lists.ts';
import { LIST_DUE_HOLDS } from '../src/holds.ts';
import { READ_PLAN_SETTINGS } from '../src/sql/plan-settings.ts';
import { LIST_LIVE_INTERVALS, LIST_LIVE_INTERVALS_OF_RESOURCE } from '../src/reading/live-intervals.ts';
import { FIND_QUARANTINED, LIST_ORG_QUARANTINE, LIST_QUARANTINE } from '../src/quarantine.ts';
import type { ReadStatement } from '../src/sql/read-rows.ts';
import { LIST_REQUESTS, LIST_REQUESTS_OF_OUTCOME } from '../src/reading/request-lists.ts';
import { FIND_SEQUENCES } from '../src/reading/sequences.ts';
import { LIST_VERSIONS } from '../src/reading/versions.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let early: pg.Client;
let late: pg.Client;
let analysed: pg.Client;

const STATEMENTS: readonly ReadStatement[] = [
  FIND_APPOINTMENT,
  FIND_APPOINTMENT_AS_OF,
  ...Object.values(LISTS_OF_ORG),
  ...Object.values(LISTS_OF_RESOURCE),
  LIST_OF_ORG_AS_OF,
  LIST_OF_RESOURCE_AS_OF,
  LIST_VERSIONS,
  LIST_CHANGES,
  FIND_SEQUENCES,
  LIST_REQUESTS,
  LIST_REQUESTS_OF_OUTCOME,
  LIST_QUARANTINE,
  LIST_ORG_QUARANTINE,
  FIND_QUARANTINED,
  LIST_LIVE_INTERVALS,
  LIST_LIVE_INTERVALS_OF_RESOURCE,
  LIST_DUE_HOLDS,
];

beforeAll(async () => {
  it = await setUpDecider();
  for (const table of ['orgs', 'resources', 'requests', 'appointments', 'appointment_versions']) {
    await it.raw.query(`alter table ${table} set (autovacuum_enabled = off)`);
  }
  early = await prepareAll();
  for (const statement of STATEMENTS) await planOf(early, statement); // planned on empty tables
  await fill();
  late = await prepareAll();
  for (const statement of STATEMENTS) await planOf(late, statement); // planned before the statistics
  await it.raw.query('analyze');
  analysed = await prepareAll();
}, 60_000);
afterAll(async () => {
  await Promise.all([early.end(), late.end(), analysed.end()]);
  await it.close();
});

async function prepareAll(): Promise<pg.Client> {
  const options = Object.entries(READ_PLAN_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  const client = new pg.Client({ connectionString: it.url, options: options.join(' ') });
  await client.connect();
  for (const { name, text } of STATEMENTS) await client.query(`prepare "${name}" as ${text}`);
  return client;
}

/** The generic plan, which is used for all values. */
async function planOf(client: pg.Client, { name, text }: ReadStatement): Promise<string> {
  const places = new Set(text.match(/\$\d+/g));
  const values = [...places].map(() => 'null').join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain (costs off) execute "${name}"(${values})`,
  );
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

async function fill(): Promise<void> {
  await it.raw.query(`
    insert into orgs (org_id) select 'org-' || n from generate_series(1, 1000) n;
    insert into resources (org_key, resource_id) select n, 'room' from generate_series(1, 1000) n;
    insert into appointments (org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at,
        status, version, recorded_at)
      select n % 1000 + 1, 'a' || n, n % 1000 + 1, t, t + interval '9 minutes', t, t, 'booked', 1, t
      from generate_series(1, 20000) n
      cross join lateral (select timestamptz '2030-01-01Z' + n * interval '10 minutes' as t) at;
    insert into appointment_versions (org_key, appointment_id, resource_key, starts_at, ends_at, created_at,
        updated_at, status, version, recorded_at, sequence, request_id)
      select org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at, status, version,
        recorded_at, substr(appointment_id, 2)::int, gen_random_uuid()
      from appointments;
    insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome, version,
        accepted_at, decided_at)
      select request_id, org_key, sequence, 'book', appointment_id, 'created', 1, recorded_at, recorded_at
      from appointment_versions;
    insert into requests (request_id, org_key, decision_sequence, operation, appointment_id, outcome,
        outcome_detail, raw_payload, accepted_at, decided_at)
      select gen_random_uuid(), n % 1000 + 1, 30000 + n, 'unknown', '', 'quarantined', '"x"', '{', now(), now()
      from generate_series(1, 2000) n`);
}

/** How often the plan uses each index. */
function usesOf(plan: string): Record<string, number> {
  const names = [...plan.matchAll(/Index(?: Only)? Scan (?:Backward )?using (\S+)/g)].map(
    ([, name]) => name ?? '',
  );
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].map(([name, uses]) => [name, uses.length]),
  );
}

const ORG = { orgs_org_id_key: 1 };
const PAGE = { ...ORG, appointments_pkey: 1, resources_pkey: 1 };
const RESOURCE = { resources_org_key_resource_id_key: 1 };
const LIVE = { appointments_live_by_resource: 2 };
/** Looking up an appointment at a mark occurs in several places of the plan, each time by primary key. */
const AS_OF = {
  ...ORG,
  resources_pkey: 1,
  appointment_versions_org_key_sequence_key: 3,
  appointment_versions_pkey: 9,
};
const UNBOOKED = { ...PAGE, ...RESOURCE, appointments_unbooked_by_resource: 11 };

/**
 * The indexes of each statement and its number of sorts: of the rows of a page, or of rows that arrive in another
 * order.
 */
const EXPECTED: Readonly<Record<string, readonly [Record<string, number>, number]>> = {
  'find-appointment': [PAGE, 0],
  'find-appointment-as-of': [{ ...ORG, resources_pkey: 1, appointment_versions_pkey: 1 }, 0],
  'list-booked': [{ ...PAGE, appointments_by_org: 11 }, 1],
  'list-held': [{ ...PAGE, appointments_by_org: 11 }, 1],
  'list-cancelled': [{ ...PAGE, appointments_by_org: 11 }, 1],
  'list-expired': [{ ...PAGE, appointments_by_org: 11 }, 1],
  'list-all': [{ ...PAGE, appointments_by_org: 44 }, 1],
  'list-resource-booked': [{ ...PAGE, ...RESOURCE, ...LIVE }, 2],
  'list-resource-held': [UNBOOKED, 1],
  'list-resource-cancelled': [UNBOOKED, 1],
  'list-resource-expired': [UNBOOKED, 1],
  'list-resource-all': [{ ...UNBOOKED, ...LIVE, appointments_unbooked_by_resource: 22 }, 2],
  'list-as-of': [{ ...AS_OF, appointment_versions_by_org: 11 }, 2],
  'list-resource-as-of': [{ ...AS_OF, ...RESOURCE, appointment_versions_by_resource: 11 }, 2],
  'list-versions': [{ ...ORG, resources_pkey: 1, appointment_versions_pkey: 1 }, 1],
  'list-changes': [{ ...ORG, resources_pkey: 1, appointment_versions_org_key_sequence_key: 1 }, 1],
  'find-sequences': [ORG, 0],
  'list-requests': [{ ...ORG, requests_org_key_decision_sequence_key: 1 }, 1],
  'list-requests-of-outcome': [{ ...ORG, requests_by_outcome: 1 }, 1],
  'list-quarantine': [{ requests_quarantined: 1, orgs_pkey: 1, quarantine_causes_pkey: 1 }, 0],
  'list-org-quarantine': [{ ...ORG, requests_by_outcome: 1, quarantine_causes_pkey: 1 }, 1],
  'find-quarantined': [{ requests_pkey: 1, orgs_pkey: 1, quarantine_causes_pkey: 1 }, 0],
  'live-intervals': [{ ...ORG, ...RESOURCE, ...LIVE }, 1],
  'live-intervals-resource': [{ ...ORG, ...RESOURCE, ...LIVE }, 1],
  'list-due-holds': [{ appointments_held: 1, orgs_pkey: 1 }, 1],
};

/** The columns that bound the index scan of a list: all up to the start, and the place after which it begins. */
const LIST_SCAN =
  /(appointments_by_org|_unbooked_by_resource|versions_by_org|versions_by_resource) on .*\n\s+Index Cond: (.*)/g;
const BOUNDS = /_key = .*span = .*ROW\(starts_at, appointment_id\) > ROW\(.*starts_at < /;

describe.each([
  ['while the tables were empty', () => early],
  ['on 20,000 rows that were never analysed', () => late],
  ['on analysed rows', () => analysed],
])('planned %s', (_, client) => {
  test.each(STATEMENTS.map((statement) => [statement.name, statement] as const))(
    '%s reads only its indexes, each by a condition, and sorts only what is expected',
    async (name, statement) => {
      const plan = await planOf(client(), statement);
      expect(plan).not.toMatch(/Seq Scan|Hash|Merge Join|Bitmap|Materialize/);
      expect([usesOf(plan), plan.match(/Sort\n/g)?.length ?? 0]).toEqual(EXPECTED[name]);
      const scans = plan.match(/Index(?: Only)? Scan/g)?.length;
      expect(plan.match(/Index(?: Only)? Scan .*\n\s+Index Cond/g)).toHaveLength(scans ?? 0);
      for (const [, , condition] of plan.matchAll(LIST_SCAN)) expect(condition).toMatch(BOUNDS);
    },
  );
});

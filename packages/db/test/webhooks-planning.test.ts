// Plans of the webhook statements are index look-ups, on tables that were never analysed and on analysed ones.
// Prepared statements are also checked with plans made while the tables were empty.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';

import { READ_PLAN_SETTINGS } from '../src/sql/plan-settings.ts';
import { CHANGE_ENDPOINT, ROTATE_SECRET } from '../src/webhooks/change-endpoint.ts';
import { CLAIM_ATTEMPT } from '../src/webhooks/attempts.ts';
import { INSERT_ENDPOINT } from '../src/webhooks/create-endpoint.ts';
import { INSERT_DELIVERIES } from '../src/webhooks/create-delivery.ts';
import { FIND_DELIVERY, LIST_ATTEMPTS, LIST_DELIVERIES } from '../src/webhooks/deliveries.ts';
import { FIND_ENDPOINT, LIST_ENDPOINTS } from '../src/webhooks/endpoints.ts';
import { DELETE_OUTBOX, TAKE_OUTBOX } from '../src/webhooks/fan-out-callbacks.ts';
import { ADVANCE_ENDPOINTS, LOCK_ENDPOINTS } from '../src/webhooks/fan-out-endpoints.ts';
import { FIND_DUE_AGE } from '../src/webhooks/find-due-age.ts';
import { FIND_LAGGING } from '../src/webhooks/find-lagging.ts';
import { FINISH_ATTEMPT, LOG_ATTEMPT } from '../src/webhooks/attempts.ts';
import {
  LOAD_BATCH_VERSIONS,
  LOAD_DECISIONS,
  LOAD_REQUESTS,
  LOAD_VERSIONS,
} from '../src/webhooks/load-facts.ts';
import { LOCK_ATTEMPT } from '../src/webhooks/attempts.ts';
import { PRUNE_DELIVERIES } from '../src/webhooks/prune-deliveries.ts';
import { LOCK_DELIVERY, REDELIVER, REQUEUE_FAILED, REWIND_ENDPOINT } from '../src/webhooks/redeliver.ts';
import {
  DROP_PENDING,
  FIND_UNSETTLED,
  FORGET_ENDPOINT,
  FORGET_WAITING,
  LOCK_UNSETTLED,
  WAKE_WAITING,
} from '../src/webhooks/settle-endpoints.ts';
import { DEFER_DELIVERIES, TAKE_DUE } from '../src/webhooks/take-due-deliveries.ts';
import { TAKE_DUE_OF, VISIT_ENDPOINTS } from '../src/webhooks/take-due-of-each.ts';
import { DROP_UNWANTED, HOLD_ENDPOINTS, PUT_TO_WAIT } from '../src/webhooks/take-due-rows.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

/** Statements that are planned once per connection. */
const PREPARED: Readonly<Record<string, string>> = {
  lock_attempt: LOCK_ATTEMPT,
  log_attempt: LOG_ATTEMPT,
  claim_attempt: CLAIM_ATTEMPT,
  finish_attempt: FINISH_ATTEMPT,
  take_due: TAKE_DUE,
  take_due_of: TAKE_DUE_OF,
  visit_endpoints: VISIT_ENDPOINTS,
  find_unsettled: FIND_UNSETTLED,
  find_delivery: FIND_DELIVERY,
  list_attempts: LIST_ATTEMPTS,
  insert_endpoint: INSERT_ENDPOINT,
  find_endpoint: FIND_ENDPOINT,
};

const STATEMENTS: Readonly<Record<string, string>> = {
  ...PREPARED,
  list_endpoints: LIST_ENDPOINTS,
  change_endpoint: CHANGE_ENDPOINT,
  rotate_secret: ROTATE_SECRET,
  find_lagging: FIND_LAGGING,
  find_due_age: FIND_DUE_AGE,
  defer_deliveries: DEFER_DELIVERIES,
  insert_deliveries: INSERT_DELIVERIES,
  list_deliveries: LIST_DELIVERIES,
  take_outbox: TAKE_OUTBOX,
  delete_outbox: DELETE_OUTBOX,
  lock_endpoints: LOCK_ENDPOINTS,
  advance_endpoints: ADVANCE_ENDPOINTS,
  load_decisions: LOAD_DECISIONS,
  load_requests: LOAD_REQUESTS,
  load_versions: LOAD_VERSIONS,
  load_batch_versions: LOAD_BATCH_VERSIONS,
  prune_deliveries: PRUNE_DELIVERIES,
  lock_delivery: LOCK_DELIVERY,
  redeliver: REDELIVER,
  rewind_endpoint: REWIND_ENDPOINT,
  requeue_failed: REQUEUE_FAILED,
  lock_unsettled: LOCK_UNSETTLED,
  wake_waiting: WAKE_WAITING,
  drop_pending: DROP_PENDING,
  forget_waiting: FORGET_WAITING,
  forget_endpoint: FORGET_ENDPOINT,
  hold_endpoints: HOLD_ENDPOINTS,
  put_to_wait: PUT_TO_WAIT,
  drop_unwanted: DROP_UNWANTED,
};

/** The indexes through which the large tables are read. A `Tid Scan` reads by place, found through one of these. */
const INDEXES: Readonly<Record<string, readonly string[]>> = {
  find_due_age: ['deliveries_due'],
  take_due: ['deliveries_due', 'endpoints_pkey', 'orgs_pkey'],
  take_due_of: ['deliveries_of_endpoint_due', 'endpoints_pkey', 'orgs_pkey'],
  visit_endpoints: Array.from({ length: 3 }, () => 'deliveries_of_endpoint_due'),
  find_lagging: ['endpoints_told', 'orgs_pkey'],
  lock_attempt: ['deliveries_pkey'],
  claim_attempt: ['deliveries_pkey', 'deliveries_pkey', 'endpoints_pkey', 'orgs_pkey'],
  log_attempt: ['delivery_attempts_pkey'],
  finish_attempt: ['deliveries_pkey', 'endpoints_pkey'],
  list_deliveries: ['deliveries_log', 'orgs_org_id_key'],
  prune_deliveries: ['deliveries_over', 'delivery_attempts_pkey'],
  wake_waiting: ['deliveries_waiting'],
  drop_pending: ['deliveries_of_endpoint_due'],
  requeue_failed: ['deliveries_log'],
  find_unsettled: ['endpoints_unsettled'],
  load_decisions: ['orgs_pkey', 'requests_org_key_decision_sequence_key'],
};

let it: TestDecider;
let early: pg.Client;

beforeAll(async () => {
  it = await setUpDecider();
  const tables = ['orgs', 'resources', 'requests', 'appointment_versions', 'outbox'];
  for (const table of [...tables, 'endpoints', 'deliveries', 'delivery_attempts']) {
    await it.raw.query(`alter table ${table} set (autovacuum_enabled = off)`);
  }
  early = await prepare(PREPARED);
  for (const name of Object.keys(PREPARED)) await planOf(early, name); // planned on empty tables
  await fill();
}, 60_000);
afterAll(async () => {
  await early.end();
  await it.close();
});

async function prepare(statements: Readonly<Record<string, string>>): Promise<pg.Client> {
  const options = Object.entries(READ_PLAN_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  const client = new pg.Client({ connectionString: it.url, options: options.join(' ') });
  await client.connect();
  for (const [name, text] of Object.entries(statements)) await client.query(`prepare ${name} as ${text}`);
  return client;
}

/** The generic plan, which is used for all values. */
async function planOf(client: pg.Client, name: string): Promise<string> {
  const places = [...new Set(STATEMENTS[name]?.match(/\$\d+/g))];
  const values = places.length === 0 ? '' : `(${places.map(() => 'null').join(', ')})`;
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute ${name}${values}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

async function fill(): Promise<void> {
  await it.raw.query(`
    insert into orgs (org_id) select 'org-' || n from generate_series(1, 5000) n;
    insert into resources (org_key, resource_id) select n, 'room' from generate_series(1, 5000) n;
    insert into requests
      select gen_random_uuid(), n % 5000 + 1, n, 'book', 'a' || n, 'created', 1, null, null, null, now(), now()
      from generate_series(1, 50000) n;
    insert into outbox (org_key, request_id, kind, url, created_at)
      select n % 5000 + 1, gen_random_uuid(), 'callback', 'https://x', now() from generate_series(1, 50000) n;
    insert into endpoints
      (org_key, endpoint_id, kind, url, events, description, sealed_secret, decision_sequence, created_at)
      select n % 5000 + 1, gen_random_uuid(), 'endpoint', 'https://x', '{}', '', 's', 0, now()
      from generate_series(1, 20000) n;
    insert into deliveries
      (delivery_id, org_key, endpoint_id, event_type, url, body, status, due_at, attempts, created_at)
      select gen_random_uuid(), org_key, endpoint_id, 'ping', 'https://x', '{}',
        case n when 1 then 'pending' else 'failed' end, case n when 1 then now() end, 1, now()
      from endpoints, generate_series(1, 3) n`);
}

function expectLookUps(name: string, plan: string): void {
  expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join|Bitmap/);
  const scans = [
    ...plan.matchAll(/Index(?: Only)? Scan (?:Backward )?using (\S+)[^\n]*(?:\n\s+(Index Cond))?/g),
  ];
  // A small partial index may be read completely.
  for (const [, index = '', condition] of scans) {
    if (!/_(?:unsettled|waiting)$/.test(index)) expect(`${index} ${condition}`).toContain('Index Cond');
  }
  const used = scans.map(([, index]) => index ?? '').toSorted((a, b) => a.localeCompare(b));
  const wanted = INDEXES[name];
  if (wanted !== undefined) expect(used).toEqual(wanted);
}

test.each(Object.keys(PREPARED))(
  'planned while the tables were empty, %s reads only through indexes',
  async (name) => {
    expectLookUps(name, await planOf(early, name));
  },
);

describe.each([
  ['on tables that were never analysed', 'select'],
  ['on analysed tables', 'analyze'],
])('planned %s', (_, before) => {
  let client: pg.Client;
  beforeAll(async () => {
    await it.raw.query(before);
    client = await prepare(STATEMENTS);
  });
  afterAll(() => client.end());

  test.each(Object.keys(STATEMENTS))('%s reads only through indexes', async (name) => {
    expectLookUps(name, await planOf(client, name));
  });
});

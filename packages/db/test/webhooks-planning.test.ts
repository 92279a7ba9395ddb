// The plans of the webhook statements are index look-ups, on tables that were never analysed and on analysed ones.
// Unlike the decider's they are made anew each time. What runs in a transaction has its look-ups forced; the
// statements that run alone have to do without.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';

import { PLAN_SETTINGS } from '../src/decider/decider.ts';
import { CHANGE_ENDPOINT, ROTATE_SECRET } from '../src/webhooks/change-endpoint.ts';
import { CLAIM_ATTEMPT } from '../src/webhooks/claim-attempt.ts';
import { INSERT_DELIVERIES } from '../src/webhooks/create-delivery.ts';
import { FIND_DELIVERY, LIST_ATTEMPTS, LIST_DELIVERIES } from '../src/webhooks/deliveries.ts';
import { FIND_ENDPOINT, LIST_ENDPOINTS } from '../src/webhooks/endpoints.ts';
import { DELETE_OUTBOX, TAKE_OUTBOX } from '../src/webhooks/fan-out-callbacks.ts';
import { ADVANCE_ENDPOINTS, LOCK_ENDPOINTS } from '../src/webhooks/fan-out-endpoints.ts';
import { FIND_LAGGING } from '../src/webhooks/find-lagging.ts';
import { FINISH_ATTEMPT } from '../src/webhooks/finish-attempt.ts';
import {
  LOAD_BATCH_VERSIONS,
  LOAD_DECISIONS,
  LOAD_REQUESTS,
  LOAD_VERSIONS,
} from '../src/webhooks/load-facts.ts';
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
import {
  DEFER_DELIVERIES,
  DROP_UNWANTED,
  HOLD_ENDPOINTS,
  PUT_TO_WAIT,
  TAKE_DUE,
} from '../src/webhooks/take-due-deliveries.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

/** Run alone, under the server's settings. */
const ALONE: Readonly<Record<string, string>> = {
  find_endpoint: FIND_ENDPOINT,
  change_endpoint: CHANGE_ENDPOINT,
  rotate_secret: ROTATE_SECRET,
  find_lagging: FIND_LAGGING,
};

/** Run in a transaction. */
const TOGETHER: Readonly<Record<string, string>> = {
  list_endpoints: LIST_ENDPOINTS,
  claim_attempt: CLAIM_ATTEMPT,
  finish_attempt: FINISH_ATTEMPT,
  defer_deliveries: DEFER_DELIVERIES,
  find_unsettled: FIND_UNSETTLED,
  insert_deliveries: INSERT_DELIVERIES,
  find_delivery: FIND_DELIVERY,
  list_attempts: LIST_ATTEMPTS,
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
  take_due: TAKE_DUE,
  hold_endpoints: HOLD_ENDPOINTS,
  put_to_wait: PUT_TO_WAIT,
  drop_unwanted: DROP_UNWANTED,
};

const STATEMENTS = { ...ALONE, ...TOGETHER };

/** By which index each of the large tables is read; `Tid Scan` is by place, found through one of these. */
const INDEXES: Readonly<Record<string, readonly string[]>> = {
  take_due: ['deliveries_due', 'endpoints_pkey', 'orgs_pkey'],
  find_lagging: ['endpoints_told', 'orgs_pkey'],
  claim_attempt: ['deliveries_pkey', 'deliveries_pkey', 'endpoints_pkey', 'orgs_pkey'],
  list_deliveries: ['deliveries_log', 'orgs_org_id_key'],
  prune_deliveries: ['deliveries_over', 'delivery_attempts_pkey'],
  wake_waiting: ['deliveries_waiting'],
  drop_pending: ['deliveries_log'],
  requeue_failed: ['deliveries_log'],
  find_unsettled: ['endpoints_unsettled'],
  load_decisions: ['orgs_pkey', 'requests_org_key_decision_sequence_key'],
};

let it: TestDecider;
const clients: pg.Client[] = [];

beforeAll(async () => {
  it = await setUpDecider();
  const tables = ['orgs', 'resources', 'requests', 'appointment_versions', 'outbox'];
  for (const table of [...tables, 'endpoints', 'deliveries', 'delivery_attempts']) {
    await it.raw.query(`alter table ${table} set (autovacuum_enabled = off)`);
  }
  await fill();
}, 60_000);
afterAll(() => it.close());

/** One client as the server sets it, one with the plans of a transaction. */
async function prepareAll(): Promise<void> {
  const forced = Object.entries(PLAN_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  for (const [options, statements] of [
    ['-c plan_cache_mode=force_generic_plan', ALONE],
    [forced.join(' '), TOGETHER],
  ] as const) {
    const client = new pg.Client({ connectionString: it.url, options });
    await client.connect();
    for (const [name, text] of Object.entries(statements)) await client.query(`prepare ${name} as ${text}`);
    clients.push(client);
  }
}

/** The generic plan: it holds for any values. */
async function planOf(name: string): Promise<string> {
  const [alone, together] = clients;
  const client = name in ALONE ? alone : together;
  const places = new Set((STATEMENTS[name] ?? '').match(/\$\d+/g));
  const values = places.size === 0 ? '' : `(${[...places].map(() => 'null').join(', ')})`;
  const rows =
    (await client?.query<{ 'QUERY PLAN': string }>(`explain execute ${name}${values}`))?.rows ?? [];
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

describe.each([
  ['on tables never analysed', 'select'],
  ['on analysed tables', 'analyze'],
])('planned %s', (_, before) => {
  beforeAll(async () => {
    await it.raw.query(before);
    await prepareAll();
  });
  afterAll(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
  });

  test.each(Object.keys(STATEMENTS))('%s looks everything up', async (name) => {
    const plan = await planOf(name);
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join|Bitmap/);
    const scans = [
      ...plan.matchAll(/Index(?: Only)? Scan (?:Backward )?using (\S+)[^\n]*(?:\n\s+(Index Cond))?/g),
    ];
    // A small partial index may be read whole.
    for (const [, index = '', condition] of scans) {
      if (!/_(?:unsettled|waiting)$/.test(index)) expect(`${index} ${condition}`).toContain('Index Cond');
    }
    const used = scans.map(([, index]) => index ?? '').toSorted((a, b) => a.localeCompare(b));
    const wanted = INDEXES[name];
    if (wanted !== undefined) expect(used).toEqual(wanted);
  });
});

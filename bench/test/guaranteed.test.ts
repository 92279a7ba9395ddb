// Reference (d) is worth a comparison only while it keeps what Slotline promises, in the same tables.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { bodyOf, HOT_ORG, slotOf, type Traffic } from '../load/traffic.ts';
import { Stage } from '../stage/stage.ts';
import { startGuaranteed, type GuaranteedSystem } from '../systems/start-references.ts';
import { sharedStores } from './shared-stores.ts';

const stage = new Stage(sharedStores());
let system: GuaranteedSystem;
let client: pg.Client;

beforeAll(async () => {
  system = await startGuaranteed(stage);
  client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  stage.onClear(() => client.end());
});

afterAll(() => stage.clear());

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(body: string, key?: string): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const answer = await fetch(`${system.address}/api/appointments`, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

/** The org's rows of a table, in their order. */
async function rowsOf(table: 'requests' | 'appointment_versions', order: string, { name }: Traffic) {
  const text = `select t.* from ${table} t join orgs using (org_key) where org_id = $1 order by ${order}`;
  return (await client.query<Record<string, unknown>>(text, [`${name}-0`])).rows;
}

const ofName = (name: string): Traffic => ({ ...HOT_ORG, name });
const counted = (length: number) => Array.from({ length }, (_, at) => String(at + 1));

test('of twenty parallel bookings of one slot exactly one is created', async () => {
  const traffic = ofName('slot');
  const bodies = counted(20).map((id) => bodyOf(traffic, 0).replace('"id":"0"', `"id":"${id}"`));
  const answers = await Promise.all(bodies.map((body) => post(body)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status === 409);
  expect(refused).toHaveLength(19);
  const created = answers.find(({ status }) => status === 201)?.body['appointmentId'];
  for (const { body } of refused) {
    expect(body['detail']).toMatchObject({ conflictsWith: [{ id: created, version: 1 }] });
  }
});

test('history and decisions of parallel bookings are numbered without gaps', async () => {
  const traffic = ofName('history');
  // Each of ten twice, newer the second time, and once more what is refused or stale.
  const newer = (number: number) => bodyOf(traffic, number).replaceAll('2029-09-28', '2029-09-29');
  const bodies = counted(10).flatMap((_, at) => [bodyOf(traffic, at), newer(at), bodyOf(traffic, at)]);
  await Promise.all(bodies.map((body) => post(body)));

  const requests = await rowsOf('requests', 'decision_sequence', traffic);
  expect(requests.map((row) => row['decision_sequence'])).toEqual(counted(30));
  const versions = await rowsOf('appointment_versions', 'sequence', traffic);
  expect(versions.map((row) => row['sequence'])).toEqual(counted(versions.length));
  expect(versions.map((row) => row['request_id'])).toEqual(
    requests
      .filter(({ version, outcome }) => version !== null && outcome !== 'ignored-stale')
      .map((row) => row['request_id']),
  );
});

test('a retry with the same key has the same outcome and writes nothing', async () => {
  const traffic = ofName('retry');
  const [first, ...retries] = await Promise.all(counted(8).map(() => post(bodyOf(traffic, 0), 'key-1')));
  expect(retries).toEqual(counted(7).map(() => first));
  expect(first?.status).toBe(201);
  expect(await rowsOf('requests', 'decision_sequence', traffic)).toHaveLength(1);
  await post(bodyOf(traffic, 1));
  const requests = await rowsOf('requests', 'decision_sequence', traffic);
  expect(requests.map((row) => row['decision_sequence'])).toEqual(counted(2));
});

test('a key with another body is refused', async () => {
  const traffic = ofName('mismatch');
  await post(bodyOf(traffic, 0), 'key-1');
  expect((await post(bodyOf(traffic, 1), 'key-1')).status).toBe(422);
  expect(await rowsOf('requests', 'decision_sequence', traffic)).toHaveLength(1);
});

test('what the contract does not allow is refused with the fields that are wrong', async () => {
  const { start, ...rest } = JSON.parse(bodyOf(HOT_ORG, 0)) as Record<string, string>;
  const { status, body } = await post(JSON.stringify({ ...rest, start: start?.replace('2030', '2031') }));
  expect(status).toBe(400);
  expect(body['errors']).toMatchObject([{ pointer: '/end', code: 'end-not-after-start' }]);
});

test('the exclusion constraint refuses what the function did not see', async () => {
  const { startMs, endMs } = slotOf(HOT_ORG, 5_000);
  expect((await post(bodyOf(HOT_ORG, 5_000))).status).toBe(201);
  const past = `insert into appointments (org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at,
      status, version, recorded_at)
    select org_key, 'past the lock', resource_key, $1, $2, $1, $1, 'booked', 1, $1 from appointments
    where appointment_id = '5000'`;
  const write = client.query(past, [new Date(startMs), new Date(endMs)]);
  await expect(write).rejects.toMatchObject({ code: '23P01' });
});

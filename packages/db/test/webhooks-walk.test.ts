// Takes a few due deliveries of each endpoint: a backlog of one endpoint does not hide the others, in steps of
// limited size.

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { takeDueOfEach, type EndpointRecord, type WalkPlace } from '../src/index.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import { addEndpoint, enable, LEASE_MS, owe } from './test-endpoints.ts';

let it: TestDecider;
beforeEach(async () => {
  it = await setUpDecider();
});
afterEach(() => it.close());

const LIMITS = { eachMax: 8, endpointsMax: 100, visitsMax: 100, leaseMs: LEASE_MS };

function step(after: WalkPlace | undefined, limits: Partial<typeof LIMITS> = {}) {
  return takeDueOfEach(it.db, { ...LIMITS, ...limits, after });
}

/** The endpoints of the deliveries that each step of one walk took. */
async function walk(limits: Partial<typeof LIMITS> = {}): Promise<string[][]> {
  const steps: string[][] = [];
  let after: WalkPlace | undefined;
  do {
    const { deliveries, next } = await step(after, limits);
    steps.push(deliveries.map(({ endpointId }) => endpointId));
    after = next;
  } while (after !== undefined);
  return steps;
}

test('the oldest few deliveries of an endpoint with a backlog are taken, and all of another endpoint', async () => {
  const busy = await addEndpoint(it.db, 'busy');
  const quiet = await addEndpoint(it.db, 'quiet');
  await owe(it.db, busy, 300, 3_600);
  await owe(it.db, busy, 5, 7_200);
  await owe(it.db, quiet, 2);
  const oldest = await it.rows(
    "select delivery_id from deliveries where due_at < now() - interval '90 min'",
    [],
  );
  const { deliveries, next } = await step(undefined);
  expect(next).toBeUndefined();
  const idsOf = (endpoint: EndpointRecord) =>
    deliveries.filter(({ endpointId }) => endpointId === endpoint.endpointId).map((one) => one.deliveryId);
  expect(idsOf(busy)).toHaveLength(8);
  expect(idsOf(busy)).toEqual(expect.arrayContaining(oldest.map((row) => row['delivery_id'])));
  expect(idsOf(quiet)).toHaveLength(2);
  expect(deliveries).toContainEqual(
    expect.objectContaining({ orgId: 'quiet', url: quiet.url, endpointId: quiet.endpointId, attempts: 0 }),
  );
});

test('a taken delivery is not due before its lease expires', async () => {
  const endpoint = await addEndpoint(it.db, 'leased');
  await owe(it.db, endpoint, 5);
  expect(await walk()).toEqual([Array.from({ length: 5 }, () => endpoint.endpointId)]);
  expect(await walk()).toEqual([[]]);
  expect(await walk({ leaseMs: 0 })).toEqual([[]]);
});

test('a walk of limited steps visits every endpoint once, whether it has due deliveries or not', async () => {
  const made = await Promise.all(Array.from({ length: 7 }, (_, n) => addEndpoint(it.db, `org-${n % 3}`)));
  for (const endpoint of made) await owe(it.db, endpoint, 2);
  const all = made.flatMap(({ endpointId }) => [endpointId, endpointId]).toSorted();
  const taken = await walk({ endpointsMax: 3, leaseMs: 0 });
  expect(taken.map((ids) => ids.length)).toEqual([6, 6, 2]);
  expect(taken.flat().toSorted()).toEqual(all);
  // Only the last endpoint has due deliveries.
  const last = taken.at(-1)?.[0] ?? '';
  await it.raw.query("update deliveries set due_at = now() + interval '1 h' where endpoint_id <> $1", [last]);
  expect(await walk({ visitsMax: 2 })).toEqual([[], [], [], [last, last]]);
});

test('deliveries of disabled endpoints wait and those of deleted endpoints are dropped', async () => {
  const disabled = await addEndpoint(it.db, 'disabled');
  const deleted = await addEndpoint(it.db, 'deleted');
  await enable(it.db, disabled, false);
  await owe(it.db, disabled, 1);
  await owe(it.db, deleted, 1);
  await it.raw.query("update endpoints set deleted_at = now(), sealed_secret = '' where endpoint_id = $1", [
    deleted.endpointId,
  ]);
  expect(await walk()).toEqual([[]]);
  const states = await it.rows('select status, due_at::text as "dueAt" from deliveries order by status', []);
  expect(states).toEqual([
    { status: 'dropped', dueAt: null },
    { status: 'pending', dueAt: 'infinity' },
  ]);
});

test('concurrent walks never take the same delivery', async () => {
  const made = await Promise.all([1, 2, 3].map((n) => addEndpoint(it.db, `many-${n}`)));
  for (const endpoint of made) await owe(it.db, endpoint, 30);
  const ids: string[] = [];
  while (ids.length < 90) {
    const steps = await Promise.all(Array.from({ length: 6 }, () => step(undefined)));
    ids.push(...steps.flatMap(({ deliveries }) => deliveries.map(({ deliveryId }) => deliveryId)));
  }
  expect(new Set(ids).size).toBe(90);
});

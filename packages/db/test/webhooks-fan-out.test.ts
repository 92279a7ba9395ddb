import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import {
  callbacksEndpointIdOf,
  listDeliveries,
  openDatabase,
  type AcceptedRequest,
  type DecidedFact,
  type Decider,
  type EndpointName,
} from '../src/index.ts';
import { ENDPOINTS_SCANNED_MAX } from '../src/webhooks/find-lagging.ts';
import { at, batch, book, cancel, confirm } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import { addEndpoint, fanOut, fanOutToCallbacks, toDeliveries, untilDone } from './test-endpoints.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());
beforeEach(() => it.raw.query('truncate deliveries, endpoints, outbox'));

const booking = (id: string) => book({ id, from: 0, to: 10, resource: id });

async function decide(orgId: string, ...requests: readonly AcceptedRequest[]): Promise<void> {
  await decider.decide([{ orgId, requests }]);
}

/** The event types of an endpoint's deliveries, oldest first. */
async function toldOf(name: EndpointName): Promise<readonly string[]> {
  const { deliveries } = await listDeliveries(it.db, { ...name, limit: 1000 });
  return deliveries.map(({ eventType }) => eventType).toReversed();
}

test('a fact has its request and every version that the request made, also for batches', async () => {
  const orgId = 'facts';
  await addEndpoint(it.db, orgId);
  await decide(orgId, booking('a'), book({ id: 'held', from: 0, to: 5, heldUntil: 60 }));
  await decide(
    orgId,
    confirm('held'),
    booking('a'),
    cancel('a', 1),
    cancel('nobody', 1),
    batch(booking('b'), booking('c'), cancel('held', 2)),
    batch(booking('d'), cancel('nobody', 1)),
    book({ id: 'e', from: 0, to: 10, resource: 'b' }),
    batch(book({ id: 'b', from: 20, to: 30, resource: 'b', updated: 3 })),
  );
  const facts: DecidedFact[] = [];
  await fanOut(it.db, { toDeliveries: (_, fact) => (facts.push(fact), []) });
  expect(facts.map(({ request, versions }) => [request.outcome.kind, versions.map(({ id }) => id)])).toEqual([
    ['created', ['a']],
    ['created', ['held']],
    ['confirmed', ['held']],
    ['ignored-stale', []],
    ['cancelled', ['a']],
    ['not-found', []],
    ['applied', ['b', 'c', 'held']],
    ['refused', []],
    ['conflict', []],
    ['applied', ['b']],
  ]);
  expect(facts.flatMap(({ versions }) => versions.map(({ sequence }) => sequence))).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8,
  ]);
  const [, held] = facts;
  expect(held?.versions).toMatchObject([{ status: 'held', heldUntil: at(60), resourceId: 'room', orgId }]);
  for (const { request, versions } of facts) {
    expect(versions.every(({ requestId }) => requestId === request.requestId)).toBe(true);
  }
});

test('an endpoint gets decisions made after its creation, each once', async () => {
  await decide('late', booking('a'));
  const made = await addEndpoint(it.db, 'late');
  await decide('late', booking('b'));
  expect(await fanOut(it.db)).toEqual({ created: 2, isMore: false });
  expect(await fanOut(it.db)).toEqual({ created: 0, isMore: false });
  expect(await toldOf(made)).toEqual(['request.completed', 'appointment.booked']);
});

test('an endpoint gets only the event types that it subscribes to', async () => {
  const all = await addEndpoint(it.db, 'filters');
  const some = await addEndpoint(it.db, 'filters', { events: ['appointment.cancelled', 'ping'] });
  await decide('filters', booking('a'), cancel('a', 1));
  await fanOut(it.db);
  expect(await toldOf(some)).toEqual(['appointment.cancelled']);
  expect(await toldOf(all)).toHaveLength(4);
});

test('decisions are read once for all endpoints of an org with the same cursor', async () => {
  const endpoints = [await addEndpoint(it.db, 'shares'), await addEndpoint(it.db, 'shares')];
  await decide('shares', booking('a'));
  const facts = new Set<DecidedFact>();
  await fanOut(it.db, { toDeliveries: (endpoint, fact) => (facts.add(fact), toDeliveries(endpoint, fact)) });
  expect(facts.size).toBe(1);
  for (const endpoint of endpoints) expect(await toldOf(endpoint)).toHaveLength(2);
});

test('a step respects its limits and reports that work is left', async () => {
  const made = [await addEndpoint(it.db, 'bounds-a'), await addEndpoint(it.db, 'bounds-b')];
  for (const { orgId } of made) await decide(orgId, ...['a', 'b', 'c', 'd', 'e'].map(booking));
  expect(await fanOut(it.db, { endpointsMax: 1, decisionsMax: 2 })).toEqual({ created: 4, isMore: true });
  expect(await untilDone(() => fanOut(it.db, { endpointsMax: 1, decisionsMax: 2 }))).toBeLessThanOrEqual(16);
  await untilDone(() => fanOut(it.db));
  for (const endpoint of made) expect(await toldOf(endpoint)).toHaveLength(10);
});

test('an endpoint that is far behind does not delay others of its org', async () => {
  const behind = await addEndpoint(it.db, 'behind');
  await decide('behind', ...['a', 'b', 'c', 'd'].map(booking));
  const current = await addEndpoint(it.db, 'behind');
  await decide('behind', booking('e'));
  await fanOut(it.db, { decisionsMax: 1 });
  expect(await toldOf(current)).toHaveLength(2);
  await untilDone(() => fanOut(it.db, { decisionsMax: 1 }));
  expect(await toldOf(behind)).toHaveLength(10);
});

test('an error for one endpoint does not move its cursor, and the others are served', async () => {
  const broken = await addEndpoint(it.db, 'broken');
  const whole = await addEndpoint(it.db, 'broken');
  await decide('broken', booking('a'));
  const toDeliveriesOrThrow: typeof toDeliveries = (endpoint, fact) => {
    if (endpoint.endpointId === broken.endpointId) throw new Error('cannot be delivered');
    return toDeliveries(endpoint, fact);
  };
  await expect(fanOut(it.db, { toDeliveries: toDeliveriesOrThrow })).rejects.toThrow('cannot be delivered');
  expect([await toldOf(broken), await toldOf(whole)].map(({ length }) => length)).toEqual([0, 2]);
  for (const body of ['\0', '\ud800', 'x'.repeat(4_194_305)]) {
    const odd = { deliveryId: randomUUID(), eventType: 'odd', sequence: null, body };
    await expect(fanOut(it.db, { toDeliveries: () => [odd] })).rejects.toThrow(RangeError);
  }
  await fanOut(it.db);
  expect(await toldOf(broken)).toHaveLength(2);
});

test('endpoints beyond those that one call scans are found by later calls', async () => {
  await it.raw.query(`insert into orgs (org_id) select 'turns-' || n from generate_series(1, $1::int) n`, [
    ENDPOINTS_SCANNED_MAX * 2,
  ]);
  await it.raw.query(
    `insert into endpoints
       (org_key, endpoint_id, kind, url, events, description, sealed_secret, decision_sequence, created_at)
     select org_key, gen_random_uuid(), 'endpoint', 'https://x', '{}', '', 's', 0, now()
     from orgs where org_id like 'turns-%'`,
  );
  const last = await addEndpoint(it.db, `turns-${ENDPOINTS_SCANNED_MAX * 2}`);
  await decide(last.orgId, booking('a'));
  const db = openDatabase({ url: it.url });
  const steps = [await fanOut(db), await fanOut(db), await fanOut(db)];
  await db.close();
  expect(steps[0]?.created).toBe(0);
  expect(steps.reduce((sum, { created }) => sum + created, 0)).toBe(4);
});

test('a callback becomes one delivery to its URL, and its row leaves the outbox', async () => {
  const urls = ['https://example.com/1', 'https://example.com/2'];
  await decide('calls', ...urls.map((callbackUrl, at) => ({ ...booking(`a${at}`), callbackUrl })));
  expect(await untilDone(() => fanOutToCallbacks(it.db))).toBe(2);
  expect(await it.rows('select from outbox')).toEqual([]);
  const endpointId = callbacksEndpointIdOf('calls');
  const { deliveries } = await listDeliveries(it.db, { orgId: 'calls', endpointId, limit: 9 });
  expect(deliveries.map(({ url }) => url).toSorted()).toEqual(urls);
  expect(deliveries.every(({ requestId }) => requestId !== null)).toBe(true);
});

test('an org with many callbacks does not delay other orgs', async () => {
  const callbackUrl = 'https://example.com/';
  const many = Array.from({ length: 300 }, (_, at) => ({ ...booking(`a${at}`), callbackUrl }));
  await decide('calls-many', ...many);
  await decide('calls-few', { ...booking('a'), callbackUrl });
  const first = await fanOutToCallbacks(it.db, { limit: 150 });
  expect(first).toEqual({ created: 101, isMore: true });
  const few = { orgId: 'calls-few', endpointId: callbacksEndpointIdOf('calls-few'), limit: 9 };
  expect((await listDeliveries(it.db, few)).deliveries).toHaveLength(1);
  expect(await untilDone(() => fanOutToCallbacks(it.db, { limit: 150 }))).toBe(200);
});

test('a callback that cannot be delivered stays in the outbox and does not delay others', async () => {
  const callbackUrl = 'https://example.com/';
  await decide('calls-odd', { ...booking('a'), callbackUrl }, { ...booking('b'), callbackUrl });
  let calls = 0;
  const toDelivery = ({ request: { requestId } }: DecidedFact) => {
    if (calls++ === 0) throw new Error('cannot be delivered');
    return { deliveryId: requestId, eventType: 'request.completed', body: '{}', sequence: null };
  };
  await expect(fanOutToCallbacks(it.db, { toDelivery })).rejects.toThrow('cannot be delivered');
  expect(await it.rows('select from outbox')).toHaveLength(1);
  expect(await untilDone(() => fanOutToCallbacks(it.db, { toDelivery }))).toBe(1);
});

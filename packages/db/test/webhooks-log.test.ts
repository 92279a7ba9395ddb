import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';

import {
  createDelivery,
  findDelivery,
  findRequests,
  listDeliveries,
  pruneDeliveries,
  recoverDeliveries,
  redeliver,
  type DeliveryStatus,
  type EndpointRecord,
} from '../src/index.ts';
import { book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import {
  addEndpoint,
  attempt,
  claim,
  DAY_MS,
  enable,
  fanOut,
  finish,
  takeDue,
  untilDone,
} from './test-endpoints.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

async function ping(endpoint: EndpointRecord) {
  const facts = { deliveryId: randomUUID(), eventType: 'ping', body: '{"a": 1}', url: 'https://x' };
  const made = await createDelivery(it.db, { ...endpoint, ...facts });
  if (made === undefined) throw new Error('no delivery');
  return made;
}

async function age(orgId: string, days: number): Promise<void> {
  await it.raw.query(
    `update deliveries set created_at = created_at - $2 * interval '1 day'
     where org_key = (select org_key from orgs where org_id = $1)`,
    [orgId, days],
  );
}

test('the log is listed newest first, in pages, complete or by status', async () => {
  const endpoint = await addEndpoint(it.db, 'pages');
  await addEndpoint(it.db, 'pages').then(ping);
  const made = [];
  for (let n = 0; n < 12; n++) made.push(await ping(endpoint));
  for (const [at, { deliveryId }] of made.entries()) {
    if (at % 3 === 0) await attempt(it.db, deliveryId, 0, 'delivered');
    if (at % 3 === 1) await attempt(it.db, deliveryId, 0, 'exhausted');
  }
  // All deliveries get the same instant, so that only their keys distinguish their places.
  await it.raw.query("update deliveries set created_at = '2030-01-01Z' where endpoint_id = $1", [
    endpoint.endpointId,
  ]);
  const readAll = async (status?: DeliveryStatus) => {
    const ids: string[] = [];
    for (let before: string | undefined; ;) {
      const page = await listDeliveries(it.db, { ...endpoint, status, before, limit: 5 });
      ids.push(...page.deliveries.map(({ deliveryId }) => deliveryId));
      if (page.next === undefined) return ids;
      before = page.next;
    }
  };
  const newest = made.map(({ deliveryId }) => deliveryId).toReversed();
  expect(await readAll()).toEqual(newest);
  expect(await readAll('delivered')).toEqual(newest.filter((_, at) => (11 - at) % 3 === 0));
  expect(await readAll('failed')).toEqual(newest.filter((_, at) => (11 - at) % 3 === 1));
  expect(await readAll('pending')).toEqual(newest.filter((_, at) => (11 - at) % 3 === 2));
  expect(await readAll('dropped')).toEqual([]);
});

test.each(['', 'x', '1', '1-', '-1', '1-2-3', '999999999999999-1', "1-1' or 1=1"])(
  'the place %j is refused',
  async (before) => {
    const query = { orgId: 'pages', endpointId: randomUUID(), before, limit: 5 };
    await expect(listDeliveries(it.db, query)).rejects.toThrow(RangeError);
  },
);

test('a delivery is found only by its own org and endpoint', async () => {
  const endpoint = await addEndpoint(it.db, 'mine');
  const other = await addEndpoint(it.db, 'mine');
  const made = await ping(endpoint);
  expect(await findDelivery(it.db, made)).toEqual({ ...made, attemptsLog: [], body: '{"a": 1}' });
  for (const wrong of [
    { ...made, orgId: 'other' },
    { ...made, endpointId: other.endpointId },
    { ...made, deliveryId: randomUUID() },
  ]) {
    expect(await findDelivery(it.db, wrong)).toBeUndefined();
    expect(await redeliver(it.db, wrong)).toBeUndefined();
  }
});

test('a ping that is created twice exists once', async () => {
  const endpoint = await addEndpoint(it.db, 'pings');
  const made = await ping(endpoint);
  const again = await createDelivery(it.db, { ...made, body: 'another', url: 'https://another' });
  expect(again).toEqual(made);
});

test.each(['delivered', 'exhausted', 'retry'] as const)(
  'a delivery whose last attempt ended as %s is redelivered with its body and a restarted schedule',
  async (kind) => {
    const made = await ping(await addEndpoint(it.db, 'redelivers'));
    await attempt(it.db, made.deliveryId, 0, 'retry');
    await attempt(it.db, made.deliveryId, 1, kind);
    const again = await redeliver(it.db, made);
    expect(again).toMatchObject({ status: 'pending', attempts: 2, deliveredAt: null });
    expect((await takeDue(it.db)).filter(({ deliveryId }) => deliveryId === made.deliveryId)).toHaveLength(1);
    const claimed = await claim(it.db, made.deliveryId, 2);
    expect(claimed).toMatchObject({ attempt: 3, attemptOfSchedule: 1, body: '{"a": 1}' });
    await finish(it.db, made.deliveryId, 3, 'delivered');
    expect((await findDelivery(it.db, made))?.attemptsLog).toHaveLength(3);
  },
);

test.each(['delivered', 'exhausted', 'retry'] as const)(
  'an attempt in flight during a redelivery that ends as %s does not set the result of the next one',
  async (kind) => {
    const made = await ping(await addEndpoint(it.db, 'overtakes'));
    await claim(it.db, made.deliveryId, 0);
    const again = await redeliver(it.db, made);
    expect(await finish(it.db, made.deliveryId, 1, kind)).toEqual({ isMine: false, endpointDisabled: null });
    expect(await findDelivery(it.db, made)).toMatchObject({
      ...again,
      attemptsLog: [{ tookMs: expect.any(Number) }],
    });
    expect(await attempt(it.db, made.deliveryId, 1, 'delivered')).toMatchObject({ isMine: true });
  },
);

test('recovering makes the missing deliveries of decisions since the given instant, and no duplicates', async () => {
  const endpoint = await addEndpoint(it.db, 'recovers');
  const decider = it.open();
  const requestIds: string[] = [];
  for (let n = 0; n < 40; n++) {
    const request = book({ id: `a${n}`, from: 0, to: 10, resource: `a${n}` });
    requestIds.push(request.requestId);
    await decider.decide([{ orgId: 'recovers', requests: [request] }]);
    // The endpoint is disabled for the decisions with index 10 to 29, so they are skipped.
    if (n === 9) await untilDone(() => fanOut(it.db));
    if (n === 9 || n === 29) await enable(it.db, endpoint, n === 29);
  }
  await untilDone(() => fanOut(it.db));
  const told = async () => {
    const { deliveries } = await listDeliveries(it.db, { ...endpoint, limit: 200 });
    const ids = deliveries.map(({ requestId }) => requestId);
    return requestIds.map((requestId) => ids.filter((id) => id === requestId).length);
  };
  expect(await told()).toEqual(requestIds.map((_, at) => (at < 10 || at >= 30 ? 2 : 0)));
  const records = await findRequests(it.db, requestIds);
  const decidedAt = requestIds.map((requestId) => records.get(requestId)?.decidedAt ?? 0);
  const since = decidedAt[17] as Instant;
  expect(await recoverDeliveries(it.db, { ...endpoint, since })).toEqual({ requeued: 0 });
  await untilDone(() => fanOut(it.db, { decisionsMax: 3 }));
  expect(await told()).toEqual(requestIds.map((_, at) => (at < 10 || (decidedAt[at] ?? 0) >= since ? 2 : 0)));
  const long = await recoverDeliveries(it.db, { ...endpoint, since: 0 as Instant });
  expect(long).toEqual({ requeued: 0 });
  await untilDone(() => fanOut(it.db));
  expect(await told()).toEqual(requestIds.map(() => 2));
  const future = await recoverDeliveries(it.db, { ...endpoint, since: (since + DAY_MS) as Instant });
  expect(future).toEqual({ requeued: 0 });
  expect(await fanOut(it.db)).toEqual({ created: 0, isMore: false });
});

test('recovering requeues only deliveries that failed and were created since the given instant', async () => {
  const endpoint = await addEndpoint(it.db, 'requeues');
  const [old, failed, delivered] = [await ping(endpoint), await ping(endpoint), await ping(endpoint)];
  for (const { deliveryId } of [old, failed]) await attempt(it.db, deliveryId, 0, 'exhausted');
  await attempt(it.db, delivered.deliveryId, 0, 'delivered');
  await it.raw.query(
    "update deliveries set created_at = created_at - interval '1 h' where delivery_id = $1",
    [old.deliveryId],
  );
  const recovered = await recoverDeliveries(it.db, { ...endpoint, since: endpoint.createdAt });
  expect(recovered).toEqual({ requeued: 1 });
  expect(await findDelivery(it.db, failed)).toMatchObject({ status: 'pending', attempts: 1 });
  expect(await claim(it.db, failed.deliveryId, 1)).toMatchObject({ attempt: 2, attemptOfSchedule: 1 });
  expect(await findDelivery(it.db, old)).toMatchObject({ status: 'failed' });
  expect(await findDelivery(it.db, delivered)).toMatchObject({ status: 'delivered' });
  const unknown = { orgId: 'requeues', endpointId: randomUUID(), since: endpoint.createdAt };
  expect(await recoverDeliveries(it.db, unknown)).toBeUndefined();
});

test('pruning deletes old finished deliveries with their attempts, oldest first, and no pending ones', async () => {
  const endpoint = await addEndpoint(it.db, 'prunes');
  const made = [];
  for (let n = 0; n < 6; n++) made.push(await ping(endpoint));
  const [pending, oldest] = made;
  if (pending === undefined || oldest === undefined) throw new Error('no delivery');
  for (const { deliveryId } of made.slice(1)) await attempt(it.db, deliveryId, 0, 'delivered');
  await age('prunes', 31);
  await it.raw.query(
    "update deliveries set created_at = created_at - interval '1 day' where delivery_id = $1",
    [oldest.deliveryId],
  );
  const fresh = await ping(endpoint);
  await attempt(it.db, fresh.deliveryId, 0, 'delivered');
  const beforeMs = 30 * DAY_MS;
  expect(await pruneDeliveries(it.db, { beforeMs, limit: 1 })).toBe(1);
  expect(await findDelivery(it.db, oldest)).toBeUndefined();
  expect(await pruneDeliveries(it.db, { beforeMs, limit: 3 })).toBe(3);
  expect(await pruneDeliveries(it.db, { beforeMs, limit: 3 })).toBe(1);
  expect(await pruneDeliveries(it.db, { beforeMs, limit: 3 })).toBe(0);
  const { deliveries } = await listDeliveries(it.db, { ...endpoint, limit: 9 });
  expect(deliveries.map(({ deliveryId }) => deliveryId)).toEqual([fresh.deliveryId, pending.deliveryId]);
  const left = await it.rows('select from delivery_attempts where delivery_id = any ($1)', [
    made.map(({ deliveryId }) => deliveryId),
  ]);
  expect(left).toEqual([]);
});

// Crash points C42–C44, C47 and C54 (docs/promises.md), as far as they concern the database: a step that is killed
// midway or whose answer is lost, on a real server.

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openCuttingProxy, type CuttingProxy } from '@slotline/testkit';

import {
  claimAttempt,
  createDelivery,
  findDelivery,
  findEndpoint,
  openDatabase,
  UnavailableError,
  type Database,
} from '../src/index.ts';
import { book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import {
  addEndpoint,
  claim,
  fanOut,
  fanOutToCallbacks,
  finish,
  takeDue,
  toDeliveries,
  untilDone,
} from './test-endpoints.ts';

let it: TestDecider;
let proxy: CuttingProxy;
let behind: Database;
beforeAll(async () => {
  it = await setUpDecider();
  proxy = await openCuttingProxy(it.url);
  behind = openDatabase({ url: proxy.url, poolMax: 1 });
});
afterAll(async () => {
  await behind.close();
  await proxy.close();
  await it.close();
});
beforeEach(() => it.raw.query('truncate deliveries, endpoints, outbox'));

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function decideOne(orgId: string): Promise<void> {
  const callbackUrl = 'https://example.com/';
  const requests = [{ ...book({ id: randomUUID(), from: 0, to: 10, resource: randomUUID() }), callbackUrl }];
  await it.open().decide([{ orgId, requests }]);
}

async function counts() {
  const [row] = await it.rows(
    `select (select count(*)::int from deliveries) as deliveries, (select count(*)::int from outbox) as outbox,
       (select max(decision_sequence)::int from endpoints) as cursor`,
  );
  return row;
}

async function addDelivery(orgId: string) {
  const endpoint = await addEndpoint(it.db, orgId);
  const facts = { deliveryId: randomUUID(), eventType: 'ping', body: '{}', url: 'https://x' };
  const made = await createDelivery(it.db, { ...endpoint, ...facts });
  if (made === undefined) throw new Error('no delivery');
  return made;
}

// Crash point C42.
test('a fan-out interrupted before its commit changes nothing, and the next one makes its deliveries', async () => {
  await addEndpoint(it.db, 'c42');
  await decideOne('c42');
  const cutting: typeof toDeliveries = (...args) => (proxy.cutAtQuestion(), toDeliveries(...args));
  expect(await failureOf(fanOut(behind, { toDeliveries: cutting }))).toBeInstanceOf(UnavailableError);
  proxy.heal();
  expect(await counts()).toEqual({ deliveries: 0, outbox: 1, cursor: 0 });
  expect(await untilDone(() => fanOut(behind))).toBe(2);
});

// Crash point C42.
test('callbacks interrupted before their commit stay in the outbox', async () => {
  await decideOne('c42-calls');
  const sealedSecret = () => (proxy.cutAtQuestion(), 'sealed');
  expect(await failureOf(fanOutToCallbacks(behind, { sealedSecret }))).toBeInstanceOf(UnavailableError);
  proxy.heal();
  expect(await counts()).toEqual({ deliveries: 0, outbox: 1, cursor: null });
  expect(await untilDone(() => fanOutToCallbacks(behind))).toBe(1);
  expect(await counts()).toMatchObject({ deliveries: 1, outbox: 0 });
});

// Crash point C42.
test('a fan-out whose commit was not answered makes no delivery twice', async () => {
  await addEndpoint(it.db, 'c42-commit');
  await decideOne('c42-commit');
  const cutEndpoints: typeof toDeliveries = (...args) => (proxy.loseAnswer('COMMIT'), toDeliveries(...args));
  expect(await failureOf(fanOut(behind, { toDeliveries: cutEndpoints }))).toBeInstanceOf(UnavailableError);
  proxy.heal();
  expect(await untilDone(() => fanOut(behind))).toBe(0);
  expect(await counts()).toMatchObject({ deliveries: 2 });
});

// Crash point C43.
test('a decision that commits late is delivered, because the next decision waits for it', async () => {
  const endpoint = await addEndpoint(it.db, 'c43');
  let isReached = () => {};
  let resume = () => {};
  const reached = new Promise<void>((resolve) => (isReached = resolve));
  const resumed = new Promise<void>((resolve) => (resume = resolve));
  const slow = it.open({
    failpoint: async (point) => {
      if (point !== 'loaded') return;
      isReached();
      await resumed;
    },
  });
  const first = slow.decide([{ orgId: 'c43', requests: [book({ id: 'a', from: 0, to: 10 })] }]);
  await reached;
  const second = it.open().decide([{ orgId: 'c43', requests: [book({ id: 'b', from: 10, to: 20 })] }]);
  // While the first decision holds the lock, no decision with a higher number is visible.
  expect(await fanOut(it.db)).toEqual({ created: 0, isMore: false });
  resume();
  await Promise.all([first, second]);
  expect(await untilDone(() => fanOut(it.db))).toBe(4);
  expect(await findEndpoint(it.db, endpoint)).toBeDefined();
});

// Crash point C44.
test('a claim whose answer is lost is stored as an attempt, and its delivery is due after its lease', async () => {
  const made = await addDelivery('c44');
  proxy.loseAnswer('COMMIT');
  const lost = claimAttempt(behind, { deliveryId: made.deliveryId, attemptsBefore: 0, leaseMs: 0 });
  expect(await failureOf(lost)).toBeInstanceOf(UnavailableError);
  proxy.heal();
  expect(await findDelivery(it.db, made)).toMatchObject({ status: 'pending', attempts: 1 });
  expect(await claim(behind, made.deliveryId, 0)).toBeUndefined();
  expect(await takeDue(behind)).toMatchObject([{ attempts: 1 }]);
  expect(await claim(behind, made.deliveryId, 1)).toMatchObject({ attempt: 2 });
});

// Crash point C44.
test('deliveries taken by a step that was killed before its commit are due at once', async () => {
  const made = await addDelivery('c44-taken');
  const name = 'victim-44';
  const victim = openDatabase({ url: it.url, applicationName: name, lockTimeoutMs: 30_000 });
  const holder = await it.connect();
  await holder.query('begin; lock table orgs in access exclusive mode');
  const failed = failureOf(takeDue(victim));
  const waiting = "select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'";
  while ((await it.rows(waiting, [name])).length === 0);
  await it.raw.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
    name,
  ]);
  expect(await failed).toBeInstanceOf(UnavailableError);
  await holder.query('commit');
  expect(await takeDue(victim)).toMatchObject([{ deliveryId: made.deliveryId, attempts: 0 }]);
  await victim.close();
});

// Crash point C47.
test.each([
  ['never arrived', 'question', 'pending'],
  ['was committed and not answered', 'answer', 'delivered'],
] as const)('a result of an attempt that %s may be recorded again', async (_, cut, status) => {
  const made = await addDelivery(`c47-${cut}`);
  await claim(behind, made.deliveryId, 0);
  if (cut === 'question') proxy.cutAtQuestion();
  else proxy.loseAnswer('COMMIT');
  const lost = finish(behind, made.deliveryId, 1, 'delivered');
  expect(await failureOf(lost)).toBeInstanceOf(UnavailableError);
  proxy.heal();
  expect(await findDelivery(it.db, made)).toMatchObject({ status, attempts: 1 });
  const again = await finish(behind, made.deliveryId, 1, 'delivered');
  expect(again.isMine).toBe(cut === 'question');
  expect(await findDelivery(it.db, made)).toMatchObject({ status: 'delivered', attempts: 1 });
});

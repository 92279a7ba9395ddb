// Holds in the deciding transaction: the rows written for them, and how they end.

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { findAppointment, findRequests, listVersions, type Decider } from '../src/index.ts';
import { at, book, cancel, confirm, expire, kinds } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());

const hold = () => book({ id: 'a', from: 0, to: 10, heldUntil: 30, metadata: '{"guest":"Ada"}' });

test('a hold is written with `heldUntil` and blocks like a booking', async () => {
  const requests = [hold(), book({ id: 'b', from: 5, to: 15 })];
  const [records] = await decider.decide([{ orgId: 'hold', requests }]);
  expect(kinds(records)).toEqual(['created', 'conflict']);
  const found = await findAppointment(it.db, { orgId: 'hold', appointmentId: 'a' });
  expect(found).toMatchObject({ status: 'held', heldUntil: at(30), version: 1 });
  await expectReplayed(it, 'hold', requests);
});

test.each([
  ['confirmed', 'booked', () => confirm('a')],
  ['expired', 'expired', () => expire('a', 1)],
])('a hold that is %s keeps every fact except `heldUntil`', async (kind, status, end) => {
  const first = hold();
  const last = end();
  const orgId = `end-${kind}`;
  await decider.decide([{ orgId, requests: [first] }]);
  const [records] = await decider.decide([{ orgId, requests: [last] }]);
  expect(records?.[0]?.outcome).toEqual({ kind, version: 2 });
  expect((await findRequests(it.db, [last.requestId])).get(last.requestId)).toEqual(records?.[0]);
  const { versions } = await listVersions(it.db, { orgId, appointmentId: 'a', limit: 10 });
  const { updatedAt, metadata } = first;
  expect(versions).toMatchObject([
    { version: 1, status: 'held', heldUntil: at(30), updatedAt, metadata, sequence: 1 },
    { version: 2, status, heldUntil: null, updatedAt, metadata, sequence: 2, requestId: last.requestId },
  ]);
  await expectReplayed(it, orgId, [first, last]);
});

test.each([
  ['in one group', true],
  ['in separate groups', false],
])('confirmations and expiries are decided in order, %s', async (name, isTogether) => {
  const requests = [
    hold(),
    confirm('a'),
    confirm('a'),
    expire('a', 1),
    cancel('a', 1),
    confirm('a'),
    book({ id: 'a', from: 0, to: 10, updated: 2, heldUntil: 40 }),
    expire('a', 1),
    expire('a', 4),
    confirm('a'),
    book({ id: 'b', from: 0, to: 10, heldUntil: 50 }),
    confirm('nobody'),
    expire('nobody', 1),
  ];
  const groups = isTogether ? [requests] : requests.map((request) => [request]);
  const found: string[] = [];
  for (const group of groups) {
    found.push(...(await decider.decide([{ orgId: name, requests: group }])).flatMap(kinds));
  }
  expect(found).toEqual([
    ...['created', 'confirmed', 'ignored-stale', 'ignored-stale', 'cancelled', 'not-held'],
    ...['updated', 'ignored-stale', 'expired', 'not-held', 'created', 'not-found', 'not-found'],
  ]);
  await expectReplayed(it, name, requests);
});

test('a group decided again after its commit returns the same outcomes and writes nothing', async () => {
  const requests = [hold(), confirm('a'), expire('a', 2), expire('a', 1)];
  const group = [{ orgId: 'again', requests }];
  const records = await decider.decide(group);
  expect(await decider.decide(group)).toEqual(records);
  expect(await it.open().decide(group)).toEqual(records);
  await expectReplayed(it, 'again', requests);
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';

import {
  callbacksEndpointIdOf,
  changeEndpoint,
  createDelivery,
  createEndpoint,
  deleteEndpoint,
  ensureCallbacksEndpoint,
  ENDPOINTS_PER_ORG_MAX,
  findDelivery,
  findEndpoint,
  listDeliveries,
  listEndpoints,
  rotateSecret,
} from '../src/index.ts';
import { book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import { addEndpoint, attempt, claim, DAY_MS, enable, fanOut, owe, takeDue } from './test-endpoints.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());
beforeEach(() => it.raw.query('truncate deliveries'));

test('a created endpoint is read back unchanged, and only for its org', async () => {
  const made = await addEndpoint(it.db, 'reads', { events: ['request.completed', 'ping'] });
  expect(made).toMatchObject({ kind: 'endpoint', isEnabled: true, events: ['request.completed', 'ping'] });
  expect(await findEndpoint(it.db, made)).toEqual(made);
  expect(await listEndpoints(it.db, 'reads')).toEqual([made]);
  expect(await findEndpoint(it.db, { ...made, orgId: 'another' })).toBeUndefined();
  expect(await changeEndpoint(it.db, { ...made, orgId: 'another', url: 'https://evil' })).toBeUndefined();
  expect(await deleteEndpoint(it.db, { ...made, orgId: 'another' })).toBe(false);
  expect(await listEndpoints(it.db, 'another')).toEqual([]);
  expect(await findEndpoint(it.db, made)).toEqual(made);
});

test('creating an endpoint twice with the same id creates one', async () => {
  const endpoint = { orgId: 'twice', endpointId: randomUUID(), description: '', events: [] };
  const first = await createEndpoint(it.db, { ...endpoint, url: 'https://a', sealedSecret: 'a' });
  const second = await createEndpoint(it.db, { ...endpoint, url: 'https://b', sealedSecret: 'b' });
  expect(second).toEqual(first);
});

test('concurrent callers never create more endpoints than an org may have', async () => {
  const wanted = Array.from({ length: ENDPOINTS_PER_ORG_MAX + 6 }, () => ({
    orgId: 'many',
    endpointId: randomUUID(),
    ...{ url: 'https://example.com', description: '', events: [], sealedSecret: 's' },
  }));
  const made = await Promise.all(wanted.map((endpoint) => createEndpoint(it.db, endpoint)));
  expect(made.filter(({ kind }) => kind === 'too-many')).toHaveLength(6);
  const [first] = await listEndpoints(it.db, 'many');
  if (first === undefined) throw new Error('no endpoint');
  await deleteEndpoint(it.db, first);
  expect(await createEndpoint(it.db, { ...wanted[0], ...newcomer('many') })).toMatchObject({
    kind: 'created',
  });
});

function newcomer(orgId: string) {
  const endpointId = randomUUID();
  return { orgId, endpointId, url: 'https://new', description: '', events: [], sealedSecret: 's' };
}

test('only the given members of an endpoint change', async () => {
  const made = await addEndpoint(it.db, 'changes', { events: ['ping'] });
  expect(
    await changeEndpoint(it.db, { ...made, url: undefined, events: undefined, description: 'new' }),
  ).toEqual({
    ...made,
    description: 'new',
  });
});

test('enabling an endpoint that is already enabled skips no decision', async () => {
  const made = await addEndpoint(it.db, 'again');
  await it.open().decide([{ orgId: 'again', requests: [book({ id: 'a', from: 0, to: 10 })] }]);
  await enable(it.db, made, true);
  await fanOut(it.db);
  expect((await listDeliveries(it.db, { ...made, limit: 9 })).deliveries).toHaveLength(2);
});

test('a disabled endpoint gets no new deliveries, pending ones wait, and enabling continues with them', async () => {
  const made = await addEndpoint(it.db, 'waits');
  const decider = it.open();
  await decider.decide([{ orgId: 'waits', requests: [book({ id: 'a', from: 0, to: 10 })] }]);
  await fanOut(it.db);
  const disabled = await enable(it.db, made, false);
  expect(disabled).toMatchObject({ isEnabled: false, disabledReason: 'by-request' });
  await decider.decide([{ orgId: 'waits', requests: [book({ id: 'b', from: 10, to: 20 })] }]);
  await fanOut(it.db);
  expect(await takeDue(it.db)).toEqual([]);
  const waiting = await listDeliveries(it.db, { ...made, limit: 9 });
  expect(waiting.deliveries.map(({ status, nextAttemptAt }) => [status, nextAttemptAt])).toEqual([
    ['pending', null],
    ['pending', null],
  ]);
  const enabled = await enable(it.db, made, true);
  expect(enabled).toEqual(made);
  await fanOut(it.db);
  const taken = await takeDue(it.db);
  expect(taken.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(
    waiting.deliveries.map(({ deliveryId }) => deliveryId).toSorted(),
  );
});

test('all waiting deliveries continue after enabling, also more than one step settles', async () => {
  const made = await addEndpoint(it.db, 'floods');
  await owe(it.db, made, 2500);
  await enable(it.db, made, false);
  expect(await takeDue(it.db, 300)).toEqual([]);
  await enable(it.db, made, true);
  let taken = 0;
  for (let found = 1; found > 0 || taken < 2500; taken += found) found = (await takeDue(it.db, 2000)).length;
  expect(taken).toBe(2500);
  const [state] = await it.rows('select has_waiting from endpoints where endpoint_id = $1', [
    made.endpointId,
  ]);
  expect(state).toEqual({ has_waiting: false });
});

test('deleting an endpoint removes it and its secrets, drops pending deliveries, and keeps the log', async () => {
  const made = await addEndpoint(it.db, 'deletes');
  await it.open().decide([{ orgId: 'deletes', requests: [book({ id: 'a', from: 0, to: 10 })] }]);
  await fanOut(it.db);
  const [first, second] = await takeDue(it.db);
  if (first === undefined || second === undefined) throw new Error('nothing due');
  await attempt(it.db, first.deliveryId, 0, 'delivered');
  const inFlight = await claim(it.db, second.deliveryId, 0);
  expect(inFlight?.attempt).toBe(1);
  expect(await deleteEndpoint(it.db, made)).toBe(true);
  expect(await deleteEndpoint(it.db, made)).toBe(false);
  expect(await findEndpoint(it.db, made)).toBeUndefined();
  expect(
    await rotateSecret(it.db, { ...made, sealedSecret: 's', previousUntil: made.createdAt }),
  ).toBeUndefined();
  const ping = { deliveryId: randomUUID(), eventType: 'ping', body: '{}', url: 'https://x' };
  expect(await createDelivery(it.db, { ...made, ...ping })).toBeUndefined();
  const log = await listDeliveries(it.db, { ...made, limit: 9 });
  expect(log.deliveries.map(({ status }) => status).toSorted()).toEqual(['delivered', 'dropped']);
  expect((await findDelivery(it.db, second))?.attemptsLog).toHaveLength(1);
  await takeDue(it.db);
  expect(await it.rows('select from endpoints where endpoint_id = $1', [made.endpointId])).toEqual([]);
});

test('the previous secret signs beside the new one until its end, and at most two secrets sign', async () => {
  const made = await addEndpoint(it.db, 'rotates');
  const ping = { eventType: 'ping', body: '{}', url: 'https://x' };
  const claimNew = async () => {
    const deliveryId = randomUUID();
    await createDelivery(it.db, { ...made, deliveryId, ...ping });
    return (await claim(it.db, deliveryId, 0))?.sealedSecrets;
  };
  const first = `sealed-${made.endpointId}`;
  expect(await claimNew()).toEqual([first]);
  const previousUntil = (made.createdAt + DAY_MS) as Instant;
  const rotated = await rotateSecret(it.db, { ...made, sealedSecret: 'second', previousUntil });
  expect(rotated).toEqual({ ...made, hasPreviousSecretUntil: previousUntil });
  expect(await claimNew()).toEqual(['second', first]);
  await rotateSecret(it.db, { ...made, sealedSecret: 'third', previousUntil });
  expect(await claimNew()).toEqual(['third', 'second']);
  const over = await rotateSecret(it.db, { ...made, sealedSecret: 'fourth', previousUntil: made.createdAt });
  expect(over?.hasPreviousSecretUntil).toBeNull();
  expect(await claimNew()).toEqual(['fourth']);
});

test('the endpoint for callbacks is created once, and only its secret can change', async () => {
  const both = await Promise.all(
    ['a', 'b'].map((sealedSecret) => ensureCallbacksEndpoint(it.db, { orgId: 'calls', sealedSecret })),
  );
  expect(both[0]).toEqual(both[1]);
  const [made] = both;
  if (made === undefined) throw new Error('no endpoint');
  expect(made).toMatchObject({ endpointId: callbacksEndpointIdOf('calls'), kind: 'callbacks', url: null });
  expect(await listEndpoints(it.db, 'calls')).toEqual([made]);
  expect(
    await changeEndpoint(it.db, { ...made, url: 'https://x', events: [], description: '', isEnabled: false }),
  ).toBeUndefined();
  expect(await deleteEndpoint(it.db, made)).toBe(false);
  const previousUntil = (made.createdAt + DAY_MS) as Instant;
  expect(await rotateSecret(it.db, { ...made, sealedSecret: 'c', previousUntil })).toBeDefined();
});

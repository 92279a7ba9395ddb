// Leases, fencing, and the effects of an attempt on its delivery and endpoint: C44, C46–C48 and C50–C54.

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DELIVERY_ATTEMPTS_MAX } from '@slotline/core';

import {
  callbacksEndpointIdOf,
  changeEndpoint,
  claimAttempt,
  createDelivery,
  deferDeliveries,
  ensureCallbacksEndpoint,
  findDelivery,
  findEndpoint,
  finishAttempt,
  takeDueDeliveries,
  type DeliveryRecord,
} from '../src/index.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';
import { addEndpoint, attempt, claim, enable, finish, LEASE_MS, takeDue } from './test-endpoints.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

const PING = { eventType: 'ping', body: '{"type":"ping"}', url: 'https://example.com/stored' };

async function addDelivery(orgId: string, endpointId?: string): Promise<DeliveryRecord> {
  const owner = endpointId ?? (await addEndpoint(it.db, orgId)).endpointId;
  const made = await createDelivery(it.db, { orgId, endpointId: owner, deliveryId: randomUUID(), ...PING });
  if (made === undefined) throw new Error('no delivery');
  return made;
}

/** Ends the lease or the wait of a delivery. */
async function letBeDue({ deliveryId }: DeliveryRecord): Promise<void> {
  await it.raw.query(
    "update deliveries set due_at = date_trunc('milliseconds', now()) where delivery_id = $1",
    [deliveryId],
  );
}

test('a due delivery is taken once per lease, with the URL of its endpoint', async () => {
  const made = await addDelivery('takes');
  const endpoint = await findEndpoint(it.db, made);
  const { deliveryId, endpointId, orgId } = made;
  const due = { deliveryId, endpointId, orgId, url: endpoint?.url, attempts: 0 };
  expect(await takeDue(it.db)).toEqual([due]);
  expect(await takeDue(it.db)).toEqual([]);
  await letBeDue(made);
  expect(await takeDue(it.db)).toEqual([due]);
});

test('deliveries due for the longest time are taken first', async () => {
  const made = [await addDelivery('order'), await addDelivery('order'), await addDelivery('order')];
  for (const [at, { deliveryId }] of made.entries()) {
    await it.raw.query("update deliveries set due_at = now() - $2 * interval '1 s' where delivery_id = $1", [
      deliveryId,
      at,
    ]);
  }
  const taken = [...(await takeDue(it.db, 2)), ...(await takeDue(it.db, 2))];
  expect(taken.map(({ deliveryId }) => deliveryId)).toEqual(
    made.map(({ deliveryId }) => deliveryId).toReversed(),
  );
});

test('concurrent callers never take the same delivery', async () => {
  const { endpointId } = await addEndpoint(it.db, 'takers');
  const made = await Promise.all(Array.from({ length: 60 }, () => addDelivery('takers', endpointId)));
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeDue(it.db, 10)));
  const ids = taken.flat().map(({ deliveryId }) => deliveryId);
  expect(new Set(ids).size).toBe(ids.length);
  while (ids.length < made.length)
    ids.push(...(await takeDue(it.db, 10)).map(({ deliveryId }) => deliveryId));
  expect(ids.toSorted()).toEqual(made.map(({ deliveryId }) => deliveryId).toSorted());
});

// Crash point C44.
test('an attempt is stored before it is sent, and only one deliverer begins it', async () => {
  const made = await addDelivery('claims');
  const claims = await Promise.all([1, 2, 3, 4].map(() => claim(it.db, made.deliveryId, 0)));
  const [claimed, ...more] = claims.filter((one) => one !== undefined);
  expect(more).toEqual([]);
  expect(claimed).toMatchObject({
    attempt: 1,
    attemptOfSchedule: 1,
    body: PING.body,
    endpointKind: 'endpoint',
  });
  const logged = await findDelivery(it.db, made);
  expect(logged).toMatchObject({ status: 'pending', attempts: 1 });
  expect(logged?.attemptsLog).toMatchObject([{ attempt: 1, tookMs: null, status: null }]);
  expect(logged?.nextAttemptAt).toBe((logged?.attemptsLog[0]?.startedAt ?? 0) + LEASE_MS);
});

// Crash point C44.
test('the delivery of a deliverer that dies is due again after its lease', async () => {
  const made = await addDelivery('dies');
  await claimAttempt(it.db, { deliveryId: made.deliveryId, attemptsBefore: 0, leaseMs: 0 });
  expect(await takeDue(it.db)).toMatchObject([{ deliveryId: made.deliveryId, attempts: 1 }]);
  expect(await claim(it.db, made.deliveryId, 1)).toMatchObject({ attempt: 2, body: PING.body });
});

// Crash points C47 and C48.
test('only the last attempt sets the result of a delivery', async () => {
  const made = await addDelivery('zombie');
  await claim(it.db, made.deliveryId, 0);
  await claim(it.db, made.deliveryId, 1);
  const before = await it.rows('select * from deliveries where delivery_id = $1', [made.deliveryId]);
  for (const kind of ['delivered', 'retry', 'exhausted', 'gone'] as const) {
    expect(await finish(it.db, made.deliveryId, 1, kind)).toEqual({ isMine: false, endpointDisabled: null });
  }
  expect(await it.rows('select * from deliveries where delivery_id = $1', [made.deliveryId])).toEqual(before);
  expect(await findEndpoint(it.db, made)).toMatchObject({ isEnabled: true, failingSince: null });
  expect(await finish(it.db, made.deliveryId, 2, 'delivered')).toEqual({
    isMine: true,
    endpointDisabled: null,
  });
  const delivered = await findDelivery(it.db, made);
  expect(delivered).toMatchObject({ status: 'delivered', lastStatus: 204, nextAttemptAt: null });
  for (const [late, kind] of [
    [1, 'retry'],
    [2, 'retry'],
    [2, 'delivered'],
    [3, 'gone'],
  ] as const) {
    expect(await finish(it.db, made.deliveryId, late, kind)).toMatchObject({ isMine: false });
  }
  expect(await findDelivery(it.db, made)).toEqual(delivered);
  expect(await claim(it.db, made.deliveryId, 2)).toBeUndefined();
});

// Crash point C50.
test('a retry is due after its delay, by the clock of the server', async () => {
  const made = await addDelivery('retries');
  await attempt(it.db, made.deliveryId, 0, 'retry');
  const [wait] = await it.rows(
    "select status, due_at - clock_timestamp() between interval '3 s' and interval '5 s' as waits from deliveries where delivery_id = $1",
    [made.deliveryId],
  );
  expect(wait).toEqual({ status: 'pending', waits: true });
  expect(await takeDue(it.db)).toEqual([]);
  expect(await findDelivery(it.db, made)).toMatchObject({ lastStatus: 500, lastError: 'answered 500' });
});

// Crash point C50.
test('the response 410 disables the endpoint and fails the delivery; its other deliveries wait', async () => {
  const made = await addDelivery('gone');
  const other = await addDelivery('gone', made.endpointId);
  await claim(it.db, made.deliveryId, 0);
  expect(await finish(it.db, made.deliveryId, 1, 'gone')).toEqual({ isMine: true, endpointDisabled: 'gone' });
  expect(await findDelivery(it.db, made)).toMatchObject({ status: 'failed', lastStatus: 410 });
  expect(await findEndpoint(it.db, made)).toMatchObject({ isEnabled: false, disabledReason: 'gone' });
  expect(await takeDue(it.db)).toEqual([]);
  expect(await findDelivery(it.db, other)).toMatchObject({ status: 'pending', nextAttemptAt: null });
});

test.each(['gone', 'retry'] as const)(
  'an attempt that ends as %s while a fan-out moves the cursor of its endpoint updates the endpoint',
  async (kind) => {
    const made = await addDelivery(`meets-${kind}`);
    await claim(it.db, made.deliveryId, 0);
    const holder = await it.connect();
    await holder.query('begin');
    await holder.query('update endpoints set decision_sequence = 0 where endpoint_id = $1', [
      made.endpointId,
    ]);
    const finishing = finish(it.db, made.deliveryId, 1, kind);
    const waiting =
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while ((await it.rows(waiting)).length === 0);
    await holder.query('commit');
    expect(await finishing).toEqual({ isMine: true, endpointDisabled: kind === 'gone' ? 'gone' : null });
    expect(await findEndpoint(it.db, made)).toMatchObject({
      isEnabled: kind !== 'gone',
      failingSince: expect.any(Number),
    });
  },
);

test('an endpoint is failing from its first failure until it succeeds', async () => {
  const made = await addDelivery('failing');
  const other = await addDelivery('failing', made.endpointId);
  await attempt(it.db, made.deliveryId, 0, 'retry');
  const failing = await findEndpoint(it.db, made);
  expect(failing?.failingSince).toEqual(expect.any(Number));
  await attempt(it.db, made.deliveryId, 1, 'exhausted');
  expect(await findEndpoint(it.db, made)).toEqual(failing);
  await attempt(it.db, other.deliveryId, 0, 'delivered');
  expect(await findEndpoint(it.db, made)).toMatchObject({ failingSince: null, isEnabled: true });
});

// Crash point C53.
test('a delivery whose schedule ended is failed, and an endpoint that fails for too long is disabled', async () => {
  const made = await addDelivery('exhausted');
  const other = await addDelivery('exhausted', made.endpointId);
  await attempt(it.db, made.deliveryId, 0, 'exhausted');
  expect(await findDelivery(it.db, made)).toMatchObject({ status: 'failed', lastError: 'timeout' });
  await claim(it.db, other.deliveryId, 0);
  const last = await finish(it.db, other.deliveryId, 1, 'retry', 0);
  expect(last).toEqual({ isMine: true, endpointDisabled: 'failing' });
  expect(await findEndpoint(it.db, made)).toMatchObject({ isEnabled: false, disabledReason: 'failing' });
  await letBeDue(other);
  expect(await takeDue(it.db)).toEqual([]);
  const enabled = await enable(it.db, made, true);
  expect(enabled).toMatchObject({ failingSince: null, disabledReason: null });
  expect(await takeDue(it.db)).toMatchObject([{ deliveryId: other.deliveryId, attempts: 1 }]);
});

test('one success keeps an endpoint enabled, however long it failed before', async () => {
  const made = await addDelivery('rescued');
  await attempt(it.db, made.deliveryId, 0, 'retry');
  await claim(it.db, made.deliveryId, 1);
  expect(await finish(it.db, made.deliveryId, 2, 'delivered', 0)).toEqual({
    isMine: true,
    endpointDisabled: null,
  });
  expect(await findEndpoint(it.db, made)).toMatchObject({ isEnabled: true, failingSince: null });
});

test('the endpoint for callbacks is never disabled and never failing', async () => {
  const endpoint = await ensureCallbacksEndpoint(it.db, { orgId: 'calls', sealedSecret: 's' });
  for (const kind of ['gone', 'exhausted'] as const) {
    const made = await addDelivery('calls', callbacksEndpointIdOf('calls'));
    const claimed = await claim(it.db, made.deliveryId, 0);
    expect(claimed).toMatchObject({ endpointKind: 'callbacks', url: PING.url });
    expect(await finish(it.db, made.deliveryId, 1, kind, 0)).toEqual({
      isMine: true,
      endpointDisabled: null,
    });
    expect(await findDelivery(it.db, made)).toMatchObject({ status: 'failed' });
    expect(await findEndpoint(it.db, endpoint)).toEqual(endpoint);
  }
});

// Crash point C51.
test('a claim uses the current state of the endpoint', async () => {
  const made = await addDelivery('rereads');
  await takeDue(it.db);
  await changeEndpoint(it.db, { ...made, url: 'https://example.com/moved' });
  expect(await claim(it.db, made.deliveryId, 0)).toMatchObject({ url: 'https://example.com/moved' });
  expect(await findDelivery(it.db, made)).toMatchObject({ url: 'https://example.com/moved' });
  await enable(it.db, made, false);
  expect(await claim(it.db, made.deliveryId, 1)).toBeUndefined();
  expect(await findDelivery(it.db, made)).toMatchObject({ status: 'pending', attempts: 1 });
});

// Crash point C51.
test('a delivery whose endpoint no longer exists is dropped when it is claimed or taken', async () => {
  const claimed = await addDelivery('vanishes');
  const due = await addDelivery('vanishes', claimed.endpointId);
  await it.raw.query('delete from endpoints where endpoint_id = $1', [claimed.endpointId]);
  expect(await claim(it.db, claimed.deliveryId, 0)).toBeUndefined();
  expect(await findDelivery(it.db, claimed)).toMatchObject({ status: 'dropped', attempts: 0 });
  expect(await takeDue(it.db)).toEqual([]);
  expect(await findDelivery(it.db, due)).toMatchObject({ status: 'dropped' });
});

// Crash point C52.
test('a delivery that kills every deliverer runs out of attempts', async () => {
  const made = await addDelivery('poison');
  for (let attempts = 0; attempts < DELIVERY_ATTEMPTS_MAX; attempts++) {
    await letBeDue(made);
    expect(await takeDue(it.db)).toMatchObject([{ attempts }]);
    expect(await claim(it.db, made.deliveryId, attempts)).toMatchObject({ attempt: attempts + 1 });
  }
  expect(await claim(it.db, made.deliveryId, DELIVERY_ATTEMPTS_MAX)).toBeUndefined();
  const failed = await findDelivery(it.db, made);
  expect(failed).toMatchObject({ status: 'failed', attempts: DELIVERY_ATTEMPTS_MAX });
  expect(failed?.lastError).toBe('the last attempts never ended');
  expect(failed?.attemptsLog).toHaveLength(DELIVERY_ATTEMPTS_MAX);
});

// Crash point C54.
test('a delivery that was taken and not claimed is due again after its lease', async () => {
  const made = await addDelivery('stops');
  await takeDueDeliveries(it.db, { limit: 1, leaseMs: 0 });
  expect(await takeDue(it.db)).toMatchObject([{ deliveryId: made.deliveryId, attempts: 0 }]);
});

test('a deferred delivery is due later and uses up no attempt', async () => {
  const made = await addDelivery('defers');
  const over = await addDelivery('defers', made.endpointId);
  await attempt(it.db, over.deliveryId, 0, 'delivered');
  await takeDue(it.db);
  const deliveryIds = [made.deliveryId, over.deliveryId, randomUUID()];
  await deferDeliveries(
    it.db,
    deliveryIds.map((deliveryId) => ({ deliveryId, delayMs: 3_600_000 })),
  );
  const [wait] = await it.rows(
    "select attempts, due_at > clock_timestamp() + interval '59 min' as waits from deliveries where delivery_id = $1",
    [made.deliveryId],
  );
  expect(wait).toEqual({ attempts: 0, waits: true });
  expect(await findDelivery(it.db, over)).toMatchObject({ status: 'delivered', nextAttemptAt: null });
  await deferDeliveries(it.db, [{ deliveryId: made.deliveryId, delayMs: 0 }]);
  expect(await takeDue(it.db)).toMatchObject([{ deliveryId: made.deliveryId }]);
});

test('any response and error of a receiver can be stored', async () => {
  const made = await addDelivery('odd');
  await claim(it.db, made.deliveryId, 0);
  const answer = `\0\ud800${'x'.repeat(10_000)}`;
  const odd = {
    kind: 'retry',
    retryInMs: 1.5,
    status: 500,
    error: 'e'.repeat(5_000),
    answer,
    tookMs: 1.5,
  } as const;
  await finishAttempt(it.db, { deliveryId: made.deliveryId, attempt: 1, result: odd, disableAfterMs: 1e9 });
  const [logged] = (await findDelivery(it.db, made))?.attemptsLog ?? [];
  expect(logged?.answer).toMatch(/^\uFFFD\uFFFDx{4094}$/);
  expect(logged?.error).toHaveLength(1_000);
});

// Every point between a committed decision and a recorded 2xx at which a deliverer may die, stall or be
// overtaken (C42 to C48, C51 to C53). A dead deliverer is simulated by the rows that its completed steps
// leave in the database.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instant } from '@slotline/core';
import {
  changeEndpoint,
  claimAttempt,
  deleteEndpoint,
  finishAttempt,
  rotateSecret,
  takeDueDeliveries,
} from '@slotline/db';
import type { ReceiverFault } from '@slotline/testkit';
import { newSecret, sealSecret } from '@slotline/webhook';
import { fanOutToCallbacks, fanOutToEndpoints } from '../src/deliver/fan-out.ts';
import { bodiesById, DeliverStage, isAll, LOGGER, verify } from './deliver-stage.ts';

const EVENTS = ['request.completed'];
const LEASE_MS = 3_600_000;

let stage: DeliverStage;
beforeAll(async () => {
  stage = await DeliverStage.open();
});
afterAll(() => stage.close());

/** Runs only the fan-out of a deliverer. */
async function fanOut(): Promise<void> {
  const metrics = { untellable: { inc: () => {} } } as never;
  const tools = { db: stage.db, secretsKey: undefined, metrics, logger: LOGGER, onCreated: () => {} };
  while ((await fanOutToEndpoints(tools)).isMore) continue;
  while ((await fanOutToCallbacks(tools)).isMore) continue;
}

/** Creates a booking with one delivery that no deliverer has taken yet. */
async function owe(orgId: string, url: string) {
  const endpoint = await stage.endpoint(orgId, url, EVENTS);
  await stage.book(orgId);
  await fanOut();
  const [delivery] = await stage.deliveries(orgId);
  if (delivery === undefined) throw new Error('no delivery was made');
  return { ...endpoint, ...delivery };
}

const claim = (deliveryId: string, attemptsBefore: number) =>
  claimAttempt(stage.db, { deliveryId, attemptsBefore, leaseMs: LEASE_MS });

const withDeliverer = async <T>(
  work: () => Promise<T>,
  options?: Parameters<DeliverStage['deliverer']>[0],
): Promise<T> => {
  const deliverer = await stage.deliverer(options);
  try {
    return await work();
  } finally {
    await deliverer.close({ deadlineMs: 1_500 });
  }
};

describe('a deliverer that died', () => {
  it('before the nudge for a decision leaves it to the next page', async () => {
    const receiver = await stage.receiver();
    await stage.endpoint('c42', receiver.url, EVENTS);
    await stage.book('c42', 3);
    await withDeliverer(() => stage.untilDeliveries('c42', isAll('delivered', 3)));
    expect(receiver.posts.length).toBe(3);
  });

  it('in the middle of the fan-out makes no delivery twice', async () => {
    const receiver = await stage.receiver();
    await owe('twice', receiver.url);
    // Resets the cursor, so that all decisions are processed again.
    await stage.query('update endpoints set decision_sequence = 0');
    await fanOut();
    expect((await stage.deliveries('twice')).length).toBe(1);
  });

  it('with wake-ups in flight, or together with Redis, leaves a lease that expires', async () => {
    const receiver = await stage.receiver();
    await owe('lost', receiver.url);
    const taken = await takeDueDeliveries(stage.db, { limit: 10, leaseMs: LEASE_MS });
    expect(taken.deliveries.some(({ orgId }) => orgId === 'lost')).toBe(true);
    const again = await takeDueDeliveries(stage.db, { limit: 10, leaseMs: LEASE_MS });
    expect(again.deliveries.some(({ orgId }) => orgId === 'lost')).toBe(false);
    await stage.makeDue('lost');
    await withDeliverer(() => stage.untilDeliveries('lost', isAll('delivered', 1)));
  });

  it('after its claim has used up an attempt, and the next attempt is sent', async () => {
    const receiver = await stage.receiver();
    const { deliveryId } = await owe('c44', receiver.url);
    await claim(deliveryId, 0);
    await stage.makeDue('c44');
    await withDeliverer(() => stage.untilDeliveries('c44', isAll('delivered', 1)));
    const attempts = await stage.attempts('c44');
    expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, null],
      [2, 204],
    ]);
    expect(receiver.posts.length).toBe(1);
  });

  it.each([
    ['while it sent', 'drop', 'c45'],
    ['after the receiver had taken it', 'none', 'c46'],
  ] as const)('%s sends the same body under the same id again', async (_when, fault, orgId) => {
    const faults: ReceiverFault[] = [fault];
    const receiver = await stage.receiver({ faultOf: () => faults.shift() ?? 'none' });
    const { deliveryId, secret } = await owe(orgId, receiver.url);
    const claimed = await claim(deliveryId, 0);
    const headers = { 'webhook-id': `msg_${deliveryId.replaceAll('-', '')}` };
    await fetch(receiver.url, { method: 'POST', body: claimed?.body ?? '', headers }).catch(() => {});
    await stage.makeDue(orgId);
    await withDeliverer(() => stage.untilDeliveries(orgId, isAll('delivered', 1)));
    expect(receiver.posts.length).toBe(2);
    expect([...bodiesById(receiver.posts).values()].map(({ size }) => size)).toEqual([1]);
    const last = receiver.posts[1];
    expect(last && verify(secret, last).type).toBe('request.completed');
  });
});

describe('a deliverer that stalled past its lease', () => {
  it('sends a second time and does not change the result that the other one recorded', async () => {
    let wakeUp = (_fault: ReceiverFault) => {};
    const asleep = new Promise<ReceiverFault>((resolve) => (wakeUp = resolve));
    let count = 0;
    const receiver = await stage.receiver({ faultOf: () => (++count === 1 ? asleep : 'none') });
    const { deliveryId } = await owe('c48', receiver.url);
    const sleeper = await stage.deliverer({ timeoutMs: 25_000 });
    while (count === 0) await stage.query('select');
    // The other deliverer is simulated step by step, because the loops of the stalled one would take what is
    // due.
    const claimed = await claim(deliveryId, 1);
    const { status } = await fetch(receiver.url, { method: 'POST', body: claimed?.body ?? '' });
    const result = { kind: 'delivered', status, error: null, answer: '', tookMs: 1 } as const;
    const attempt = claimed?.attempt ?? 0;
    await finishAttempt(stage.db, { deliveryId, attempt, result, disableAfterMs: LEASE_MS });
    wakeUp('error');
    const lates = async () => (await sleeper.metrics.attempts.get()).values;
    while (!(await lates()).some(({ labels }) => labels.result === 'late')) await stage.query('select');
    const [delivery] = await stage.deliveries('c48');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 2, lastStatus: 204 });
    expect(receiver.posts.length).toBe(2);
    await sleeper.close({ deadlineMs: 1_500 });
  });

  it('does not change a delivery that the other one delivered', async () => {
    const receiver = await stage.receiver();
    const { deliveryId } = await owe('fenced', receiver.url);
    const zombie = await claim(deliveryId, 0);
    await stage.makeDue('fenced');
    await withDeliverer(() => stage.untilDeliveries('fenced', isAll('delivered', 1)));
    for (const kind of ['retry', 'gone', 'exhausted'] as const) {
      const result = { kind, retryInMs: 1, status: 500, error: null, answer: 'late', tookMs: 1 };
      const attempt = zombie?.attempt ?? 0;
      const finished = await finishAttempt(stage.db, { deliveryId, attempt, result, disableAfterMs: 1 });
      expect(finished).toEqual({ isMine: false, endpointDisabled: null });
    }
    expect((await stage.deliveries('fenced'))[0]).toMatchObject({ status: 'delivered', lastStatus: 204 });
  });
});

describe('the post sees changes of its endpoint after the decision', () => {
  it('deleted: nothing is posted, and the delivery is dropped', async () => {
    const receiver = await stage.receiver();
    const { orgId, endpointId } = await owe('deleted', receiver.url);
    await deleteEndpoint(stage.db, { orgId, endpointId });
    await withDeliverer(() => stage.untilDeliveries('deleted', isAll('dropped', 1)));
    expect(receiver.posts).toEqual([]);
  });

  it('disabled: the delivery waits, and is posted when the endpoint is enabled again', async () => {
    const receiver = await stage.receiver();
    const { orgId, endpointId } = await owe('disabled', receiver.url);
    await changeEndpoint(stage.db, { orgId, endpointId, isEnabled: false });
    await withDeliverer(async () => {
      await stage.untilDeliveries('disabled', ([one]) => one?.status === 'pending' && one.attempts === 0);
      expect(receiver.posts).toEqual([]);
      await changeEndpoint(stage.db, { orgId, endpointId, isEnabled: true });
      await stage.untilDeliveries('disabled', isAll('delivered', 1));
    });
  });

  it('moved: the delivery is posted to the new URL', async () => {
    const [before, after] = [await stage.receiver(), await stage.receiver()];
    const { orgId, endpointId } = await owe('moved', before.url);
    await changeEndpoint(stage.db, { orgId, endpointId, url: after.url });
    await withDeliverer(() => stage.untilDeliveries('moved', isAll('delivered', 1)));
    expect([before.posts.length, after.posts.length]).toEqual([0, 1]);
  });

  it('rotated: the post is signed with the new secret, and with the old one while it is valid', async () => {
    const receiver = await stage.receiver();
    const { orgId, endpointId, secret } = await owe('rotated', receiver.url);
    const next = newSecret();
    const previousUntil = (Date.now() + LEASE_MS) as Instant;
    await rotateSecret(stage.db, {
      orgId,
      endpointId,
      sealedSecret: sealSecret(next, undefined),
      previousUntil,
    });
    await withDeliverer(() => stage.untilDeliveries('rotated', isAll('delivered', 1)));
    const [post] = receiver.posts;
    expect(post && verify(next, post)).toEqual(post && verify(secret, post));
  });
});

describe('a delivery that cannot be made', () => {
  it('because it crashes its deliverer, ends when its attempts are used up', async () => {
    const receiver = await stage.receiver();
    const { deliveryId } = await owe('deadly', receiver.url);
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(await claim(deliveryId, attempt)).toBeDefined();
      await stage.makeDue('deadly');
    }
    await withDeliverer(() => stage.untilDeliveries('deadly', isAll('failed', 1)));
    expect(receiver.posts).toEqual([]);
    expect((await stage.deliveries('deadly'))[0]?.lastError).toMatch(/never ended/);
  });

  it('because its secret cannot be decrypted, is retried and records the reason', async () => {
    const receiver = await stage.receiver();
    const { endpointId } = await owe('sealed', receiver.url);
    const sealed = sealSecret(newSecret(), new Uint8Array(32).fill(1));
    await stage.query('update endpoints set sealed_secret = $1 where endpoint_id = $2', [sealed, endpointId]);
    const [noted] = await withDeliverer(() =>
      stage.untilDeliveries('sealed', ([one]) => one?.lastError !== null),
    );
    expect(noted).toMatchObject({ status: 'pending', attempts: 1 });
    expect(noted?.lastError).toMatch(/the service could not post it/);
    expect(receiver.posts).toEqual([]);
  });

  it('fails permanently after ten attempts, and its endpoint stays enabled', async () => {
    const receiver = await stage.receiver({ faultOf: () => 'error' });
    await owe('failing', receiver.url);
    const pauses: number[] = [];
    const [failed] = await withDeliverer(async () => {
      for (let attempt = 1; attempt < 10; attempt++) {
        const noted = await stage.untilAttempted('failing', attempt);
        pauses.push(Math.round((noted.dueInMs ?? 0) / 1_000));
        await stage.makeDue('failing');
      }
      return stage.untilDeliveries('failing', isAll('failed', 1));
    });
    expect(failed).toMatchObject({ attempts: 10, lastStatus: 500 });
    expect(receiver.posts.length).toBe(10);
    expect([...bodiesById(receiver.posts).values()].map(({ size }) => size)).toEqual([1]);
    const schedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    pauses.forEach((seconds, at) => {
      expect(seconds).toBeGreaterThanOrEqual(Math.floor((schedule[at] ?? 0) * 0.9) - 2);
      expect(seconds).toBeLessThanOrEqual(Math.ceil((schedule[at] ?? 0) * 1.1));
    });
  });
});

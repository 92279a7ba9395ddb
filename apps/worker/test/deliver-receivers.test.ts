// Receivers of every kind (C49, C50): what each response means for its delivery, and that a hanging receiver
// does not delay the others.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deleteEndpoint, findEndpoint } from '@slotline/db';
import type { ReceiverFault } from '@slotline/testkit';
import { bodiesById, DeliverStage, isAll } from './deliver-stage.ts';

const EVENTS = ['request.completed'];

let stage: DeliverStage;
beforeAll(async () => {
  stage = await DeliverStage.open();
});
afterAll(() => stage.close());

async function withDeliverer<T>(
  options: Parameters<DeliverStage['deliverer']>[0],
  work: (deliverer: Awaited<ReturnType<DeliverStage['deliverer']>>) => Promise<T>,
): Promise<T> {
  const deliverer = await stage.deliverer(options);
  try {
    return await work(deliverer);
  } finally {
    await deliverer.close({ deadlineMs: 1_500 });
  }
}

/** A receiver that has these faults in order and then accepts everything. */
function receiverOf(faults: ReceiverFault[], more: { retryAfterSeconds?: number } = {}) {
  return stage.receiver({ ...more, faultOf: () => faults.shift() ?? 'none' });
}

describe('a receiver that', () => {
  it.each(['drop', 'cut', 'error', 'redirect'] as const)(
    'fails with %s gets the same body again, on the retry schedule',
    async (fault) => {
      const receiver = await receiverOf([fault]);
      await stage.endpoint(fault, receiver.url, EVENTS);
      await stage.book(fault);
      await withDeliverer({}, async () => {
        const noted = await stage.untilAttempted(fault, 1);
        expect(noted.status).toBe('pending');
        expect(noted.dueInMs).toBeGreaterThan(0);
        expect(noted.dueInMs).toBeLessThanOrEqual(5_500);
        await stage.makeDue(fault);
        await stage.untilDeliveries(fault, isAll('delivered', 1));
      });
      expect(receiver.posts.map(({ path }) => path)).toEqual(['/', '/']);
      expect([...bodiesById(receiver.posts).values()].map(({ size }) => size)).toEqual([1]);
    },
  );

  it.each([
    ['an hour gets the next attempt after an hour', 3_600, 3_600],
    ['less than the retry schedule gets it as scheduled', 1, 5],
    ['a year gets it after a day', 31_536_000, 86_400],
  ])('sends a Retry-After of %s', async (_what, askedSeconds, waitsSeconds) => {
    const orgId = `throttle-${askedSeconds}`;
    const receiver = await receiverOf(['throttle'], { retryAfterSeconds: askedSeconds });
    await stage.endpoint(orgId, receiver.url, EVENTS);
    await stage.book(orgId);
    const noted = await withDeliverer({}, () => stage.untilAttempted(orgId, 1));
    expect(noted).toMatchObject({ status: 'pending', lastStatus: 429 });
    expect(noted.dueInMs).toBeGreaterThan(waitsSeconds * 900 - 2_000);
    expect(noted.dueInMs).toBeLessThanOrEqual(waitsSeconds * 1_100);
  });

  it('answers 410 is disabled, and gets nothing more', async () => {
    const receiver = await stage.receiver({ faultOf: () => 'gone' });
    const name = await stage.endpoint('gone', receiver.url, EVENTS);
    await stage.book('gone');
    await withDeliverer({}, async () => {
      await stage.untilDeliveries('gone', isAll('failed', 1));
      expect(await findEndpoint(stage.db, name)).toMatchObject({ isEnabled: false, disabledReason: 'gone' });
      // Decided while it is disabled. Another org's delivery shows that the fan-out has run since.
      await stage.book('gone');
      const other = await stage.receiver();
      await stage.endpoint('passed-by', other.url, EVENTS);
      await stage.book('passed-by');
      await stage.untilDeliveries('passed-by', isAll('delivered', 1));
    });
    expect(receiver.posts.length).toBe(1);
  });

  it('only failed for five days is disabled with the reason `failing`', async () => {
    const receiver = await stage.receiver({ faultOf: () => 'error' });
    const name = await stage.endpoint('five-days', receiver.url, EVENTS);
    await stage.book('five-days');
    await withDeliverer({}, async () => {
      await stage.untilAttempted('five-days', 1);
      await stage.query(
        `update endpoints set failing_since = now() - interval '5 days' where endpoint_id = $1`,
        [name.endpointId],
      );
      await stage.makeDue('five-days');
      await stage.untilAttempted('five-days', 2);
    });
    expect(await findEndpoint(stage.db, name)).toMatchObject({
      isEnabled: false,
      disabledReason: 'failing',
    });
  });
});

describe('receivers that hang', () => {
  it('do not delay others: with 50 of 100 hanging, the other 50 get their deliveries', async () => {
    const good = await stage.receiver();
    const bad = await stage.receiver({ faultOf: () => 'hang' });
    const hanging = [];
    for (let count = 0; count < 50; count++) {
      await stage.endpoint('half-a', `${good.url}/${count}`, EVENTS);
      hanging.push(await stage.endpoint('half-b', `${bad.url}/${count}`, EVENTS));
    }
    const limits = { orgTurns: 50, destinationTurns: 256 };
    await withDeliverer({ timeoutMs: 15_000, ...limits, unprovenPerMinute: 1_000 }, async () => {
      await stage.book('half-b', 10);
      // All of the hanging half are busy before the good half gets its first delivery.
      await bad.until((posts) => new Set(posts.map(({ path }) => path)).size === 50);
      await stage.book('half-a', 10);
      await stage.untilDeliveries('half-a', isAll('delivered', 500));
    });
    expect((await stage.deliveries('half-b')).every(({ status }) => status === 'pending')).toBe(true);
    // Otherwise they would be retried, and hang again, during the next tests.
    for (const endpoint of hanging) await deleteEndpoint(stage.db, endpoint);
  });

  it('get no more posts after two timeouts, and their other deliveries use up no attempts', async () => {
    const receiver = await stage.receiver({ faultOf: () => 'hang' });
    await stage.endpoint('alone', receiver.url, EVENTS);
    await withDeliverer({ timeoutMs: 100 }, async ({ metrics }) => {
      await stage.book('alone', 100);
      const deferred = async () => (await metrics.deferred.get()).values[0]?.value ?? 0;
      while ((await deferred()) < 60) await stage.query('select');
      expect((await metrics.breakerOpens.get()).values[0]?.value).toBe(1);
    });
    const untried = (await stage.deliveries('alone')).filter(({ attempts }) => attempts === 0);
    expect(untried.length).toBeGreaterThan(60);
    expect(untried.every(({ status }) => status === 'pending')).toBe(true);
  });

  it('get their deliveries when they respond again', async () => {
    let isWell = false;
    const receiver = await stage.receiver({ faultOf: () => (isWell ? 'none' : 'hang') });
    await stage.endpoint('again', receiver.url, EVENTS);
    await stage.book('again', 20);
    await withDeliverer({ timeoutMs: 100 }, async ({ metrics }) => {
      while (((await metrics.breakerOpens.get()).values[0]?.value ?? 0) === 0) await stage.query('select');
    });
    isWell = true;
    // Another process has no record of the failures; the failed deliveries are made due for it.
    await stage.makeDue('again');
    await withDeliverer({ timeoutMs: 5_000 }, () => stage.untilDeliveries('again', isAll('delivered', 20)));
  });
});

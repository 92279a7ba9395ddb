// Delivery turns are shared: hanging receivers use the share of their org, never the turns of others.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliverStage, type TestDeliverer } from './deliver-stage.ts';
import { startSilentHosts, type SilentHosts } from './silent-hosts.ts';

const EVENTS = ['request.completed'];
/** Half the duration of a turn of a hanging receiver, and far above the usual time on a busy machine. */
const USUAL_MS_MAX = 5_000;
const TIMEOUT_MS = 10_000;
const TURNS = 64;

let stage: DeliverStage;
beforeAll(async () => {
  stage = await DeliverStage.open();
});
afterAll(() => stage.close());

async function untilOpen(hosts: SilentHosts, count: number): Promise<void> {
  const open = () => hosts.openConnections().reduce((sum, one) => sum + one, 0);
  while (open() < count) await stage.query('select');
}

async function deferredOf({ metrics }: TestDeliverer): Promise<number> {
  return (await metrics.deferred.get()).values[0]?.value ?? 0;
}

async function until(isReached: () => Promise<boolean>): Promise<void> {
  while (!(await isReached())) await delay(100);
}

/** The time from each booking of the org to its post, in milliseconds. */
async function measureDeliveries(orgId: string, nudge: () => void): Promise<readonly number[]> {
  const receiver = await stage.receiver();
  await stage.endpoint(orgId, receiver.url, EVENTS);
  const tookMs: number[] = [];
  for (let count = 1; count <= 10; count++) {
    const bookedAt = performance.now();
    await stage.book(orgId);
    nudge();
    await receiver.until((posts) => posts.length >= count);
    tookMs.push(performance.now() - bookedAt);
  }
  return tookMs;
}

describe('deliveries of one organisation leave room for those of others', () => {
  it.each([
    ['many hosts', { sameHost: false }],
    ['many ports of one host', { sameHost: true }],
  ])('while its receivers hang on %s', async (what, places) => {
    const hosts = await startSilentHosts(400, places);
    const deliverer = await stage.deliverer({ timeoutMs: TIMEOUT_MS, turns: TURNS });
    try {
      await stage.bookCallbacks(`flood ${what}`, hosts.urls);
      deliverer.nudge({ hasCallbacks: true });
      await untilOpen(hosts, 4);
      const nudge = () => deliverer.nudge({ hasCallbacks: false });
      const tookMs = await measureDeliveries(`calm ${what}`, nudge);
      expect(Math.max(...tookMs)).toBeLessThan(USUAL_MS_MAX);
    } finally {
      await hosts.close();
      await deliverer.close({ deadlineMs: 1_500 });
    }
  });
});

describe('one destination', () => {
  it('has a limit of posts in flight for each org', async () => {
    const hosts = await startSilentHosts(100, { sameHost: true });
    const deliverer = await stage.deliverer({ timeoutMs: 60_000, turns: TURNS });
    try {
      await stage.bookCallbacks('crowd', hosts.urls);
      deliverer.nudge({ hasCallbacks: true });
      await untilOpen(hosts, 4);
      while ((await deferredOf(deliverer)) < 200) await stage.query('select');
      expect(hosts.openConnections().reduce((sum, one) => sum + one, 0)).toBe(4);
    } finally {
      await hosts.close();
      await deliverer.close({ deadlineMs: 1_500 });
    }
  });

  it('with only hanging receivers gets no more posts, even with many ports', async () => {
    const hosts = await startSilentHosts(100, { sameHost: true });
    const deliverer = await stage.deliverer({ timeoutMs: 100, turns: TURNS });
    try {
      await stage.bookCallbacks('closed', hosts.urls);
      deliverer.nudge({ hasCallbacks: true });
      while ((await deferredOf(deliverer)) < 200) await stage.query('select');
      const attempted = (await stage.deliveries('closed')).filter(({ attempts }) => attempts > 0);
      // Eight failing groups, and the posts in flight by then. Without this breaker each of the 100 was
      // attempted.
      expect(attempted.length).toBeLessThanOrEqual(8 + 4);
    } finally {
      await hosts.close();
      await deliverer.close({ deadlineMs: 1_500 });
    }
  });
});

describe('a destination that never answered 2xx', () => {
  it('gets few of the many posts of an atomic batch, and all of them once it answers 2xx', async () => {
    let isWilling = false;
    const receiver = await stage.receiver({ faultOf: () => (isWilling ? 'none' : 'error') });
    for (let count = 0; count < 20; count++) await stage.endpoint('loud', `${receiver.url}/${count}`, EVENTS);
    const deliverer = await stage.deliverer({ turns: TURNS });
    try {
      await stage.book('loud', 20);
      deliverer.nudge({ hasCallbacks: false });
      while ((await deferredOf(deliverer)) < 380) await stage.query('select');
      expect(receiver.posts.length).toBeLessThanOrEqual(20 + 4);
      isWilling = true;
      await until(async () => {
        await stage.makeDue('loud');
        return (await stage.deliveries('loud')).every(({ status }) => status === 'delivered');
      });
    } finally {
      await deliverer.close({ deadlineMs: 1_500 });
    }
  });
});

describe('an unusable address', () => {
  it('gives the same message for an unknown name and for a private address', async () => {
    await stage.endpoint('asks', 'https://10.0.0.1/', EVENTS);
    await stage.endpoint('asks', 'https://unknown.slotline.invalid-tld/', EVENTS);
    const deliverer = await stage.deliverer({ allowPrivate: false });
    await stage.book('asks');
    deliverer.nudge({ hasCallbacks: false });
    const ended = await stage.untilDeliveries(
      'asks',
      (deliveries) => deliveries.length === 2 && deliveries.every(({ lastError }) => lastError !== null),
    );
    await deliverer.close({ deadlineMs: 1_500 });
    const said = "address: the endpoint's address cannot be used";
    expect(ended.map(({ lastError }) => lastError)).toEqual([said, said]);
    expect((await stage.attempts('asks')).map(({ error, tookMs }) => ({ error, tookMs }))).toEqual([
      { error: said, tookMs: 0 },
    ]);
  });
});

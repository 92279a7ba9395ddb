// Delivery turns are shared: receivers that hang take the share of their org, never the turns of others.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliverStage } from './deliver-stage.ts';
import { startSilentHosts, type SilentHosts } from './silent-hosts.ts';

const EVENTS = ['request.completed'];
/** A tenth of what a turn of a hanging receiver takes. */
const USUAL_MS_MAX = 1_000;
const TIMEOUT_MS = 10_000;
const TURNS = 64;

let stage: DeliverStage;
beforeAll(async () => {
  stage = await DeliverStage.open();
});
afterAll(() => stage.close());

async function bookCallbacks(orgId: string, { urls }: SilentHosts): Promise<void> {
  await Promise.all(urls.map((callbackUrl) => stage.book(orgId, 1, { callbackUrl })));
}

async function untilOpen(hosts: SilentHosts, count: number): Promise<void> {
  const open = () => hosts.openConnections().reduce((sum, one) => sum + one, 0);
  while (open() < count) await stage.query('select');
}

/** From each booking of the org to its post, in milliseconds. */
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
      await bookCallbacks(`flood ${what}`, hosts);
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

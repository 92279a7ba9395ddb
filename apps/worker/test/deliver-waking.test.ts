// Enqueuing wake-ups: to a full mailbox, to an unavailable Redis, and for a delivery that was woken a moment
// ago. In every case each delivery stays due or becomes due again soon.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openOrgQueue, openOrgWorker, QueueUnavailableError, type OrgQueue } from '@slotline/queue';
import { createRegistry } from '@slotline/runtime';
import { startRedis, testRedis } from '@slotline/testkit';
import { createDeliverMetrics } from '../src/deliver/deliver-metrics.ts';
import { fanOutToEndpoints } from '../src/deliver/fan-out.ts';
import { createPutOff } from '../src/deliver/put-off.ts';
import { createSpread } from '../src/deliver/spread.ts';
import { createTakeDue } from '../src/deliver/wake-due.ts';
import { parseWakeUp, type WakeUp } from '../src/deliver/wake-up.ts';
import { wakeDue, type WakeTools } from '../src/deliver/wake-due.ts';
import type { WakeUpEnd } from '../src/deliver/work-deliveries.ts';
import { DeliverStage, LOGGER } from './deliver-stage.ts';

let stage: DeliverStage;
beforeAll(async () => {
  stage = await DeliverStage.open();
});
afterAll(() => stage.close());

/** Creates due deliveries of one endpoint that no deliverer has taken yet. */
async function owe(orgId: string, count: number): Promise<void> {
  await stage.endpoint(orgId, 'http://127.0.0.1:9', ['request.completed']);
  await stage.book(orgId, count);
  const metrics = createDeliverMetrics(createRegistry('test'));
  const tools = { db: stage.db, secretsKey: undefined, metrics, logger: LOGGER, onCreated: () => {} };
  while ((await fanOutToEndpoints(tools)).isMore) continue;
}

function toolsOf(queue: Pick<OrgQueue<WakeUp, WakeUpEnd>, 'accept'>): WakeTools {
  const limits = { groupsMax: 10, now: () => performance.now() };
  const spread = createSpread({ pauseMaxMs: 60_000, ...limits });
  const metrics = createDeliverMetrics(createRegistry('test'));
  return {
    takeDue: createTakeDue(stage.db),
    queue,
    receivers: { waitOf: () => undefined },
    putOff: createPutOff({ db: stage.db, spread, metrics }),
  };
}

async function dueInMs(orgId: string): Promise<number[]> {
  return (await stage.deliveries(orgId)).map((delivery) => delivery.dueInMs ?? Infinity);
}

const WAKE_LEASE_MS_MIN = 100_000;

it('a full mailbox takes what it has room for, and the rest is due again soon', async () => {
  const { url: redisUrl, name } = testRedis();
  const queue = await openOrgQueue<WakeUp, WakeUpEnd>({ redisUrl, name, mailboxMax: 60 });
  await owe('full', 100);
  expect(await wakeDue(toolsOf(queue))).toMatchObject({ isMore: false });
  const dues = await dueInMs('full');
  expect(dues.filter((ms) => ms > WAKE_LEASE_MS_MIN).length).toBe(50);
  expect(dues.filter((ms) => ms <= 10_000).length).toBe(50);
  const [line] = await queue.listOrgs(10);
  expect(line?.depth).toBe(50);
  await queue.close();
});

it('the backlog of one endpoint does not delay the deliveries of another', async () => {
  const { url: redisUrl, name } = testRedis();
  const queue = await openOrgQueue<WakeUp, WakeUpEnd>({ redisUrl, name });
  await owe('busy', 1);
  await stage.query(
    `insert into deliveries (delivery_id, org_key, endpoint_id, event_type, url, body, status, due_at, created_at)
     select gen_random_uuid(), org_key, endpoint_id, event_type, url, body, status,
       due_at - interval '1 h', created_at
     from deliveries, generate_series(1, 2000) where org_key = (select org_key from orgs where org_id = 'busy')`,
  );
  await owe('quiet', 1);
  const tools = toolsOf(queue);
  expect(await wakeDue(tools)).toMatchObject({ isMore: true });
  expect(Math.max(...(await dueInMs('quiet')))).toBeLessThanOrEqual(0);
  expect(await wakeDue(tools)).toMatchObject({ isMore: true });
  expect(Math.min(...(await dueInMs('quiet')))).toBeGreaterThan(WAKE_LEASE_MS_MIN);
  // The backlog itself is also processed completely.
  while ((await wakeDue(tools)).isMore) continue;
  expect(Math.min(...(await dueInMs('busy')))).toBeGreaterThan(0);
  await queue.close();
});

it('an unavailable Redis delays a wake-up by seconds, not by the lease', async () => {
  const redis = await startRedis();
  const queue = await openOrgQueue<WakeUp, WakeUpEnd>({ redisUrl: redis.url });
  await owe('away', 3);
  await redis.kill();
  await expect(wakeDue(toolsOf(queue))).rejects.toThrow(QueueUnavailableError);
  expect(Math.max(...(await dueInMs('away')))).toBeLessThanOrEqual(10_000);
  await queue.close();
});

it('a delivery that is due again right after the same wake-up was processed is not lost', async () => {
  const { url: redisUrl, name } = testRedis();
  const queue = await openOrgQueue<WakeUp, WakeUpEnd>({ redisUrl, name });
  const taken: string[] = [];
  const worker = await openOrgWorker<WakeUp, WakeUpEnd>({
    redisUrl,
    name,
    completedTtlMs: 600_000,
    parse: parseWakeUp,
    handle: async ({ items }) => {
      taken.push(...items.map(({ id }) => id));
      return Promise.resolve(items.map(() => 'deferred' as const));
    },
    bury: () => Promise.resolve('buried' as const),
    isRetryable: () => true,
  });
  await owe('again', 1);
  await wakeDue(toolsOf(queue));
  while (taken.length === 0) await stage.query('select');
  await queue.completed(taken, { timeoutMs: 10_000 });
  await stage.makeDue('again');
  await wakeDue(toolsOf(queue));
  expect(Math.max(...(await dueInMs('again')))).toBeLessThanOrEqual(1_000);
  await worker.close();
  await queue.close();
});

it('deliveries to a receiver with an open breaker are not woken', async () => {
  const { url: redisUrl, name } = testRedis();
  const queue = await openOrgQueue<WakeUp, WakeUpEnd>({ redisUrl, name });
  await owe('alone', 3);
  const wait = { key: 'alone', notBeforeMs: 60_000, eachMs: 2, per: 'delivery' } as const;
  await wakeDue({ ...toolsOf(queue), receivers: { waitOf: () => wait } });
  expect(Math.min(...(await dueInMs('alone')))).toBeGreaterThan(50_000);
  expect(await queue.listOrgs(10)).toEqual([]);
  await queue.close();
});

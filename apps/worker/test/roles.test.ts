// A process does the work of its roles. Two processes with one role each do the work of one process with
// both.

import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { createLogger } from '@slotline/runtime';
import { createTestDatabase, startReceiver, testRedis, type TestDatabase } from '@slotline/testkit';
import { Client } from 'pg';
import { openWorker, readWorkerConfig } from '../src/index.ts';

const LOGGER = createLogger({ app: 'test', level: 'silent' });
const ID = '00000000-0000-7000-8000-000000000001';

const redis = testRedis();
let database: TestDatabase;
let queue: OrgQueue<unknown, { outcome: { kind: string } }>;
beforeAll(async () => {
  database = await createTestDatabase();
  queue = await openOrgQueue({ redisUrl: redis.url, name: redis.name });
});
afterAll(async () => {
  await queue.close();
  await database.drop();
});

function open(roles: string, environment: Record<string, string> = {}) {
  const defaults = { DATABASE_URL: database.applicationUrl, REDIS_URL: redis.url, QUEUE_NAME: redis.name };
  const settings = { WORKER_ROLES: roles, WEBHOOK_ALLOW_PRIVATE: 'true', HEALTH_PORT: '0' };
  return openWorker(readWorkerConfig({ ...defaults, ...settings, ...environment }), { logger: LOGGER });
}

async function countOutbox(): Promise<number> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from outbox');
  await client.end();
  return rows[0]?.count ?? 0;
}

it('one process decides and another one delivers', async () => {
  const receiver = await startReceiver();
  const job = { v: 1, op: 'book', appt: 'a', res: 'r', start: 1, end: 2, created: 0, updated: 0, at: 0 };
  await queue.accept([{ id: ID, orgId: 'acme', payload: { ...job, callback: receiver.url } }]);
  const deciding = await open('decide');
  const results = await queue.completed([ID], { timeoutMs: 25_000 });
  expect(results).toMatchObject([{ outcome: { kind: 'created' } }]);
  expect(await deciding.close()).toBe(true);
  expect(await countOutbox()).toBe(1);
  const telling = await open('deliver');
  expect(await telling.sweep()).toBe(0);
  const [post] = await receiver.until(({ length }) => length === 1);
  expect(JSON.parse(post?.body ?? '')).toMatchObject({ data: { request: { requestId: ID } } });
  expect(await telling.close()).toBe(true);
  await receiver.close();
});

it('a delivering process without a secrets key warns once, and a process that only decides needs no key', async () => {
  const warn = jest.spyOn(LOGGER, 'warn');
  const warnings = () => warn.mock.calls.filter((call) => String(call[0]).includes('WEBHOOK_SECRETS_KEY'));
  const key = Buffer.alloc(32, 7).toString('base64');
  for (const worker of [await open('decide'), await open('deliver', { WEBHOOK_SECRETS_KEY: key })]) {
    expect(await worker.close()).toBe(true);
  }
  expect(warnings().length).toBe(0);
  const worker = await open('decide,deliver');
  expect(await worker.close()).toBe(true);
  expect(warnings().length).toBe(1);
});

// Closing a worker reports whether it was clean, and a worker that cannot start leaves nothing open.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { createLogger } from '@slotline/runtime';
import { createTestDatabase, startRedis, type RunningServer, type TestDatabase } from '@slotline/testkit';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { openWorker, readWorkerConfig } from '../src/index.ts';
import { createWorkerMetrics } from '../src/metrics.ts';
import { openHealthServer } from '../src/open-health-server.ts';

const LOGGER = createLogger({ app: 'test', level: 'silent' });
const JOB = { v: 1, op: 'book', appt: 'a', res: 'r', start: 1, end: 2, created: 0, updated: 0, at: 0 };
const ID = '00000000-0000-7000-8000-000000000001';

let database: TestDatabase;
let redis: RunningServer;
let queue: OrgQueue<unknown, { outcome: { kind: string } }>;
beforeAll(async () => {
  database = await createTestDatabase();
  redis = await startRedis();
  queue = await openOrgQueue({ redisUrl: redis.url });
});
afterAll(async () => {
  await queue.close();
  await redis.stop();
  await database.drop();
});

function open(environment: Record<string, string> = {}) {
  const defaults = { DATABASE_URL: database.applicationUrl, REDIS_URL: redis.url };
  return openWorker(readWorkerConfig({ ...defaults, ...environment }), { logger: LOGGER });
}

async function connectionsNamed(name: string): Promise<number> {
  const client = new Redis(redis.url);
  const list = String(await client.client('LIST'));
  client.disconnect();
  return list.split('\n').filter((line) => line.includes(`name=${name}`)).length;
}

/** Resolves when a transaction waits for a lock in this database: the batch is in flight and blocked. */
async function untilBlocked(client: Client): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      'select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())',
    );
    if (rowCount !== 0) return;
  }
}

it('a close that drops requests in flight is not clean, and the next worker decides them', async () => {
  const blocker = new Client({ connectionString: database.url });
  blocker.on('error', () => {}); // the connection is cut when a failed test drops the database
  await blocker.connect();
  await blocker.query('begin');
  await blocker.query('lock table requests, orgs in access exclusive mode');
  const dropping = await open({ SHUTDOWN_GRACE_MS: '3500' });
  await queue.accept([{ id: ID, orgId: 'acme', payload: JOB }]);
  await untilBlocked(blocker);
  expect(await dropping.close()).toBe(false);
  await blocker.query('rollback');
  await blocker.end();
  const next = await open();
  const results = await queue.completed([ID], { timeoutMs: 25_000 });
  expect(results).toMatchObject([{ outcome: { kind: 'created' } }]);
  expect(await next.close()).toBe(true);
});

it('a worker with a health port in use does not start, and takes no leases', async () => {
  const { registry } = createWorkerMetrics();
  const taken = await openHealthServer({
    host: '127.0.0.1',
    port: 0,
    registry,
    roles: [],
    isRunning: () => true,
  });
  await expect(open({ HEALTH_PORT: String(taken.port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  while ((await connectionsNamed('slotline:leases')) > 0) continue;
  await taken.close();
});

it('a second close has no effect', async () => {
  const worker = await open();
  expect(await Promise.all([worker.close(), worker.close()])).toEqual([true, true]);
});

// Streams during outages, on servers started by the test: an open stream stays open, and what was decided during the
// outage is delivered after it.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  makeTestFolder,
  prepareDatabase,
  startPostgres,
  startRedis,
  startSystem,
  type RunningServer,
  type System,
} from '@slotline/testkit';
import request from 'supertest';
import { at, send } from './a-calendar.ts';
import { openEvents } from './event-reader.ts';

const dirs = { postgres: makeTestFolder('postgres'), redis: makeTestFolder('redis') };
let postgres: RunningServer;
let redis: RunningServer;
let system: System;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([
    startPostgres({ dir: dirs.postgres, durable: true }),
    startRedis({ dir: dirs.redis }),
  ]);
  await prepareDatabase(postgres.url);
  system = await startSystem({
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    streamLimits: { retryMs: 10, changesPollMs: 50 },
  });
}, 60_000);
afterAll(async () => {
  await system?.close();
  await Promise.all([postgres?.stop(), redis?.stop()]);
});

async function untilReady(): Promise<void> {
  for (;;) {
    const { body } = await request(system.adminUrl).get('/readyz');
    if (body.redis === 'up' && body.postgres === 'up') return;
  }
}

/** Retries until accepted. Sends no Idempotency-Key, which needs PostgreSQL; a second copy is stale. */
async function book(orgId: string, id: string, minute: number): Promise<string> {
  const booking = { id, orgId, start: at(minute), end: at(minute + 1), createdAt: at(0), updatedAt: at(0) };
  for (;;) {
    const { status, body } = await request(system.url).post('/api/appointments').send(booking);
    if (status === 202) return body.requestId as string;
  }
}

it('a change stream continues automatically after an outage of PostgreSQL', async () => {
  await send(system, 'pg', [{ id: 'a', from: 0, to: 1 }]);
  const reader = await openEvents(`${system.url}/api/changes/stream?orgId=pg`);
  expect((await reader.next())?.id).toBe('1');
  await postgres.kill();
  const refused = await request(system.url).get('/api/changes?orgId=pg&wait=5');
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  const opening = await request(system.url).get('/api/changes/stream?orgId=pg');
  expect([opening.status, opening.body.type]).toEqual([503, 'urn:slotline:problem:unavailable']);
  await book('pg', 'b', 1);
  postgres = await startPostgres({ dir: dirs.postgres, durable: true, port: postgres.port });
  expect((await reader.next())?.id).toBe('2');
  reader.close();
}, 60_000);

it('a change stream continues automatically after an outage of Redis', async () => {
  await untilReady();
  await send(system, 'redis', [{ id: 'a', from: 0, to: 1 }]);
  const reader = await openEvents(`${system.url}/api/changes/stream?orgId=redis`);
  expect((await reader.next())?.id).toBe('1');
  await redis.kill();
  redis = await startRedis({ dir: dirs.redis, port: redis.port });
  await book('redis', 'b', 1);
  expect((await reader.next())?.id).toBe('2');
  reader.close();
}, 60_000);

it('a stream of a request delivers its outcome after an outage of both stores', async () => {
  await untilReady();
  await postgres.kill();
  const id = await book('both', 'a', 0);
  postgres = await startPostgres({ dir: dirs.postgres, durable: true, port: postgres.port });
  let reader = await openEvents(`${system.url}/api/requests/${id}/events`);
  // Refused until PostgreSQL has answered whether it is decided.
  while (reader.status !== 200) reader = await openEvents(`${system.url}/api/requests/${id}/events`);
  await redis.kill();
  redis = await startRedis({ dir: dirs.redis, port: redis.port });
  const events = await reader.take(3);
  expect(events.at(-1)).toMatchObject({ id: 'decided', data: { outcome: { kind: 'created', version: 1 } } });
}, 60_000);

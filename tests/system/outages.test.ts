// PostgreSQL or Redis away, back again, or full, with servers of the test's own: answers stay honest, what was
// accepted is decided, what was refused never turns up, and nothing has to be restarted.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  makeTestFolder,
  prepareDatabase,
  startPostgres,
  startRedis,
  startSystem,
  type RunningServer,
  type System,
} from '@slotline/testkit';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import request from 'supertest';

/** A server that comes back on the same port with the same data. */
interface Restartable {
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function restartable(
  start: (options: { dir: string; port?: number }) => Promise<RunningServer>,
  dir: string,
): Promise<Restartable> {
  let server = await start({ dir });
  const { url, port } = server;
  return {
    url,
    kill: () => server.kill(),
    restart: async () => void (server = await start({ dir, port })),
    stop: () => server.stop(),
  };
}

/** A line to a server on loopback that can be cut while the server goes on; it has the same user and password. */
async function cuttableLine(url: string) {
  const to = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}); // a cut line is what is wanted
      socket.once('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  const listen = (port: number) =>
    new Promise<void>(
      (resolve, reject) => void server.once('error', reject).listen(port, '127.0.0.1', resolve),
    );
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: url.replace(`:${to}`, `:${port}`),
    mend: () => listen(port),
    cut: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

let postgres: Restartable;
let redis: Restartable;
let system: System;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([
    // Durable: what was committed before the kill is there after it.
    restartable((options) => startPostgres({ ...options, durable: true }), makeTestFolder('postgres')),
    restartable(startRedis, makeTestFolder('redis')),
  ]);
  await prepareDatabase(postgres.url);
  system = await startSystem({ databaseUrl: postgres.url, redisUrl: redis.url });
}, 120_000);
afterAll(async () => {
  await system.close();
  await Promise.all([postgres.stop(), redis.stop()]);
}, 60_000);

let orgs = 0;
let orgId: string;
beforeEach(() => {
  orgs += 1;
  orgId = `org-${orgs}`;
});

function booking(id: string, hour = 10) {
  const dates = { createdAt: '2030-01-01 00:00', updatedAt: '2030-01-01 00:00' };
  return { orgId, id, start: `2030-01-01 ${hour}:00`, end: `2030-01-01 ${hour}:30`, ...dates };
}

function post(body: object, headers: Record<string, string> = {}) {
  return request(system.url).post('/api/appointments').set(headers).send(body);
}

function get(path: string) {
  return request(system.url).get(path);
}

/** Waits until the request is decided, through 503s and connections that come back; the test's own timeout is the clock. */
async function outcomeOf(requestId: string): Promise<string> {
  for (;;) {
    const { status, body } = await get(`/api/requests/${requestId}?wait=5`);
    if (status === 200 && body.outcome !== undefined) return body.outcome.kind as string;
    // After a 202 it is never unknown.
    if (status !== 200 && status !== 503) throw new Error(`GET of an accepted request is ${status}`);
  }
}

async function untilReady(status: string) {
  for (;;) {
    const ready = await request(system.adminUrl).get('/readyz');
    if (ready.body.status === status) return ready;
  }
}

async function countRequests(org: string): Promise<number> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from requests join orgs using (org_key) where org_id = $1',
    [org],
  );
  await client.end();
  return rows[0]?.count ?? 0;
}

function expectUnavailable(answer: {
  status: number;
  headers: Record<string, string>;
  body: { type?: string };
}) {
  expect([answer.status, answer.headers['retry-after'], answer.body.type]).toEqual([
    503,
    '1',
    'urn:slotline:problem:unavailable',
  ]);
}

describe('while PostgreSQL is away', () => {
  it('bookings are accepted and wait, reads refuse to guess, and all is decided when it is back', async () => {
    const before = await post(booking('before'), { Prefer: 'wait=20' });
    expect(before.status).toBe(201);
    await postgres.kill();

    const accepted = [
      await post(booking('keyed', 11), { 'Idempotency-Key': 'k' }),
      await post(booking('plain', 12)),
      // Accepted, and its wait ends without an outcome: 202, never an error.
      await post(booking('waited', 12), { Prefer: 'wait=1' }),
    ];
    expect(accepted.map(({ status, body }) => [status, body.status])).toEqual(
      accepted.map(() => [202, 'queued']),
    );
    const retried = await post(booking('keyed', 11), { 'Idempotency-Key': 'k' });
    expect([retried.status, retried.headers['idempotent-replayed']]).toEqual([202, 'true']);

    // It might be decided in PostgreSQL already: "queued" would be a guess.
    for (const { body } of accepted) expectUnavailable(await get(`/api/requests/${body.requestId}`));
    // What Redis remembers as decided is known all the same.
    const known = await get(`/api/requests/${before.body.requestId}`);
    expect([known.status, known.body.outcome]).toEqual([200, { kind: 'created', version: 1 }]);
    for (const path of [
      '/api/appointments',
      '/api/appointments/before',
      '/api/appointments/before/history',
    ]) {
      expectUnavailable(await get(`${path}?orgId=${orgId}`));
    }
    const ready = await untilReady('degraded');
    expect([ready.status, ready.body.redis, ready.body.postgres]).toEqual([200, 'up', 'down']);

    await postgres.restart();
    const outcomes = await Promise.all(accepted.map(({ body }) => outcomeOf(body.requestId)));
    expect(outcomes).toEqual(['created', 'created', 'conflict']);
    await untilReady('ready');
    expect((await get(`/api/appointments?orgId=${orgId}`)).body).toHaveLength(3);
    expect(await countRequests(orgId)).toBe(4);
  }, 90_000);
});

describe('while Redis is away', () => {
  it('bookings are refused and never turn up, decided requests stay readable, and all works again when it is back', async () => {
    const before = await post(booking('before'), { 'Idempotency-Key': 'before', Prefer: 'wait=20' });
    await redis.kill();

    const refused = await post(booking('refused', 11), { 'Idempotency-Key': 'refused' });
    expectUnavailable(refused);
    expectUnavailable(await post(booking('plain', 12)));
    expectUnavailable(
      await request(system.url)
        .post('/api/appointments/batch')
        .send([booking('batch', 13)]),
    );
    // Only PostgreSQL has these: the outcome, and the use of the key.
    const read = await get(`/api/requests/${before.body.requestId}`);
    expect([read.status, read.body.outcome]).toEqual([200, { kind: 'created', version: 1 }]);
    const replayed = await post(booking('before'), { 'Idempotency-Key': 'before' });
    expect([replayed.status, replayed.headers['idempotent-replayed']]).toEqual([200, 'true']);
    // One that neither knows may be in Redis.
    expectUnavailable(await get('/api/requests/00000000-0000-7000-8000-000000000000'));
    expect((await get(`/api/appointments/before?orgId=${orgId}`)).status).toBe(200);
    const ready = await untilReady('unavailable');
    expect([ready.status, ready.body.redis]).toEqual([503, 'down']);

    await redis.restart();
    await untilReady('ready');
    const later = await post(booking('later', 14));
    expect(later.status).toBe(202);
    expect(await outcomeOf(later.body.requestId)).toBe('created');
    // A later request of the org is decided, so whatever had been held back would have been before it.
    expect(await countRequests(orgId)).toBe(2);
    const again = await post(booking('refused', 11), { 'Idempotency-Key': 'refused', Prefer: 'wait=20' });
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([201, undefined]);
  }, 90_000);

  it('what was accepted before is decided after it, once', async () => {
    const accepted = await Promise.all(
      Array.from({ length: 20 }, (_, at) => post({ ...booking(`id-${at}`), resourceId: `r-${at}` })),
    );
    expect(accepted.map(({ status }) => status)).toEqual(accepted.map(() => 202));
    await redis.kill();
    await redis.restart();
    const outcomes = await Promise.all(accepted.map(({ body }) => outcomeOf(body.requestId)));
    expect(new Set(outcomes)).toEqual(new Set(['created']));
    expect(await countRequests(orgId)).toBe(20);
  }, 90_000);
});

describe('while the line to Redis is cut', () => {
  it('what is refused is not held back: it never turns up, though Redis still knows every script', async () => {
    const line = await cuttableLine(redis.url);
    const own = await startSystem({ databaseUrl: postgres.url, redisUrl: line.url });
    try {
      const send = (body: object) =>
        request(own.url).post('/api/appointments').set('Prefer', 'wait=20').send(body);
      expect((await send(booking('before'))).status).toBe(201);
      await line.cut();
      for (const hour of [11, 12, 13]) {
        expectUnavailable(
          await request(own.url)
            .post('/api/appointments')
            .send(booking(`refused-${hour}`, hour)),
        );
      }
      await line.mend();
      let later = await send(booking('later', 14));
      while (later.status === 503) later = await send(booking('later', 14));
      expect(later.status).toBe(201);
      expect(await countRequests(orgId)).toBe(2);
    } finally {
      await own.close();
      await line.cut();
    }
  }, 90_000);
});

describe('while Redis is out of memory', () => {
  it('bookings are refused whole, and accepted again when there is room', async () => {
    const admin = new Redis(redis.url);
    await untilReady('ready');
    try {
      const items = [10, 11, 12].map((hour) => booking(`id-${hour}`, hour));
      const batch = () =>
        request(system.url)
          .post('/api/appointments/batch')
          .set({ 'Idempotency-Key': 'full', Prefer: 'wait=20' })
          .send(items);
      await admin.config('SET', 'maxmemory', '1mb');
      // Redis says so itself, or the API has seen it coming.
      for (const refused of [await batch(), await post(booking('single', 13))]) {
        expect(refused.status).toBe(503);
        expect(refused.body.type).toMatch(/^urn:slotline:problem:(unavailable|overloaded)$/);
        expect(refused.headers['retry-after']).toBe('1');
      }
      await admin.config('SET', 'maxmemory', '1gb');
      // Refused at least until the API has looked at the memory again.
      let answer = await batch();
      while (answer.status === 503) answer = await batch();
      expect([answer.status, answer.headers['idempotent-replayed']]).toEqual([200, undefined]);
      expect(answer.body.map((one: { outcome: { kind: string } }) => one.outcome.kind)).toEqual(
        items.map(() => 'created'),
      );
      expect(await countRequests(orgId)).toBe(3);
    } finally {
      await admin.config('SET', 'maxmemory', '1gb');
      admin.disconnect();
    }
  }, 90_000);
});

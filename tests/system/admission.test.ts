// Admission control: which requests are refused under overload, with what answer, and what their connections do.
// Shedding ends with the overload, and the overload of one organisation does not affect others.

import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeKey, startRedis, startSystem, type RunningServer, type System } from '@slotline/testkit';
import { Redis } from 'ioredis';
import request, { type Response } from 'supertest';
import { openConnection, statusesIn } from '../security/raw-http.ts';
import { BOOKING } from './a-booking.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(
  environment: Record<string, string>,
  options: Parameters<typeof startSystem>[0] = {},
): Promise<System> {
  const system = await startSystem({ environment, ...options });
  closers.push(() => system.close());
  return system;
}

async function startOwnRedis(): Promise<{ server: RunningServer; admin: Redis }> {
  const server = await startRedis();
  closers.push(() => server.stop());
  const admin = new Redis(server.url);
  admin.on('error', () => undefined); // it is killed on purpose
  closers.push(async () => admin.disconnect());
  return { server, admin };
}

let ids = 0;
function booking() {
  return { ...BOOKING, id: `id-${++ids}`, resourceId: `room-${ids}`, orgId: 'acme' };
}

function post({ url }: System, headers: Record<string, string> = {}) {
  return request(url).post('/api/appointments').set(headers).send(booking());
}

function expectShed(answer: Response, code: 'overloaded' | 'unavailable') {
  expect([answer.status, answer.type, answer.body.type, answer.body.status]).toEqual([
    503,
    'application/problem+json',
    `urn:slotline:problem:${code}`,
    503,
  ]);
  expect(answer.body.instance).toMatch(/^[0-9a-f]{32}$/);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  // What every other answer says to browsers and proxies.
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
}

async function until<T>(ask: () => PromiseLike<T>, isSo: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await ask();
    if (isSo(found)) return found;
  }
}

async function readiness({ adminUrl }: System): Promise<{ status: number; shedding: string[] }> {
  const { status, body } = await request(adminUrl).get('/readyz');
  return { status, shedding: body.shedding as string[] };
}

async function metricOf({ adminUrl }: System, line: RegExp): Promise<number> {
  const { text } = await request(adminUrl).get('/metrics');
  return Number(line.exec(text)?.[1] ?? 0);
}

const ACCEPTING = /^slotline_admission_units\{.*state="accepting".*\} (\d+)$/m;

function shedCount(system: System, reason: string): Promise<number> {
  return metricOf(system, new RegExp(`^slotline_shed_total\\{.*reason="${reason}".*\\} (\\d+)$`, 'm'));
}

/** A raw connection that sends text as given and records everything it receives. */
async function openRaw({ url }: System) {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  closers.push(async () => socket.destroy());
  await once(socket, 'connect');
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
  return {
    socket,
    say: (text: string) => void socket.write(text),
    heard: () => heard,
    untilHeard: async (pattern: RegExp) => {
      while (!pattern.test(heard)) await once(socket, 'data');
    },
  };
}

/** Pipelines bookings on new connections, above what is always admitted; returns a stop function. */
function rush(system: System, headers = ''): () => void {
  const wave = async () => {
    const { say } = await openRaw(system);
    for (let ahead = 0; ahead < 60; ahead++) {
      const body = JSON.stringify({ ...booking(), orgId: undefined });
      say(
        `POST /api/appointments HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    }
  };
  const timer = setInterval(() => void wave(), 20);
  closers.push(async () => clearInterval(timer));
  return () => clearInterval(timer);
}

describe('while more requests are in flight than can be served in time', () => {
  it('further requests are refused at once, and accepted again after the overload', async () => {
    const { server, admin } = await startOwnRedis();
    const system = await start({}, { redisUrl: server.url });
    await post(system);
    // Redis does not answer, so all commands sent to it stay in flight.
    await admin.client('PAUSE', 5_000, 'ALL');
    const endRush = rush(system);
    const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
    const read = () => request(system.url).get('/api/appointments?orgId=acme').set({ traceparent });
    const refused = await until(read, ({ status }) => status === 503);
    expectShed(refused, 'overloaded');
    expect(refused.body.instance).toBe('0123456789abcdef0123456789abcdef');
    expect((await request(system.url).get('/healthz?x=1')).status).toBe(200);
    const raw = await openRaw(system);
    const body = JSON.stringify({ ...booking(), metadata: { filler: 'x'.repeat(3_000) } });
    while (!raw.heard().includes('urn:slotline:problem:overloaded')) {
      raw.say(
        `POST /api/appointments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await once(raw.socket, 'data');
    }
    raw.say('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await raw.untilHeard(/\{"status":"ok"\}/);
    endRush();
    await until(
      () => readiness(system),
      ({ status, shedding }) => status === 200 && shedding.length === 0,
    );
    const later = await post(system, { Prefer: 'wait=20' });
    expect(later.status).toBe(201);
    expect(await shedCount(system, 'busy')).toBeGreaterThanOrEqual(2);
  }, 60_000);

  it('an organisation with few requests in flight is not refused', async () => {
    const { server, admin } = await startOwnRedis();
    const system = await start({ AUTH: 'keys' }, { redisUrl: server.url });
    const keyOf = (orgId: string) => makeKey(system, { orgId, scopes: ['read', 'write'] });
    const [flood, small] = [await keyOf('flood'), await keyOf('small')];
    const as = (key: string) => ({ Authorization: `Bearer ${key}` });
    expect((await request(system.url).get('/api/appointments').set(as(small))).status).toBe(200);
    expect((await request(system.url).get('/api/appointments').set(as(flood))).status).toBe(200);
    await admin.client('PAUSE', 5_000, 'ALL');
    const endRush = rush(system, `Authorization: Bearer ${flood}\r\n`);
    const read = () => request(system.url).get('/api/appointments').set(as(flood));
    expectShed(await until(read, ({ status }) => status === 503), 'overloaded');
    for (let reads = 0; reads < 5; reads++) {
      const asked = await request(system.url).get('/api/appointments').set(as(small));
      expect(asked.status).toBe(200);
    }
    expectShed(await until(read, ({ status }) => status === 503), 'overloaded');
    endRush();
  }, 60_000);

  it('slow clients, waits and streams do not count', async () => {
    const system = await start({}, { workers: 0 });
    const slow = await Promise.all(Array.from({ length: 300 }, () => openRaw(system)));
    for (const { say } of slow) {
      say(
        'POST /api/appointments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{',
      );
    }
    const stream = await openRaw(system);
    stream.say('GET /api/changes/stream?orgId=acme HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await stream.untilHeard(/text\/event-stream/);
    const waiting = post(system, { Prefer: 'wait=3' }).then(({ status }) => status);
    const listed = () => request(system.url).get('/api/requests?orgId=acme');
    await until(listed, ({ body }) => (body as unknown[]).length === 1);
    await until(
      () => metricOf(system, ACCEPTING),
      (count) => count === 0,
    );
    expect((await post(system)).status).toBe(202);
    expect(await waiting).toBe(202);
  }, 60_000);
});

describe('request bodies in flight', () => {
  it('wait for earlier bodies of their organisation, are refused after too long, and are then accepted again', async () => {
    const system = await start({ BODIES_BYTES_MAX: String(4 * 1024 * 1024) }, { workers: 0 });
    const head = `POST /api/appointments/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[`;
    const slow = await openRaw(system);
    slow.say(head);
    const second = await openRaw(system);
    second.say(head);
    await second.untilHeard(/^HTTP\/1.1 503/);
    expect((await post(system)).status).toBe(202);
    slow.socket.destroy();
    second.socket.destroy();
    const metadata = { filler: 'x'.repeat(4_000) };
    const items = Array.from({ length: 20 }, () => ({ ...booking(), metadata }));
    const batch = () => request(system.url).post('/api/appointments/batch').send(items);
    const later = await until(batch, ({ status }) => status !== 503);
    expect(later.status).toBe(202);
  }, 60_000);
});

describe('while Redis is nearly full', () => {
  it('writes are refused before they are read, keyed ones too, and reads go on', async () => {
    const { server, admin } = await startOwnRedis();
    const system = await start({}, { redisUrl: server.url });
    await post(system);
    await admin.config('SET', 'maxmemory', '1mb');
    await until(
      () => readiness(system),
      ({ shedding }) => shedding.includes('memory'),
    );
    expectShed(await post(system), 'overloaded');
    expectShed(await post(system, { 'Idempotency-Key': 'k' }), 'overloaded');
    expectShed(await request(system.url).delete('/api/appointments/1'), 'overloaded');
    expect((await request(system.url).get('/api/appointments?orgId=acme')).status).toBe(200);
    expect(await shedCount(system, 'memory')).toBe(3);
    await admin.config('SET', 'maxmemory', '1gb');
    const later = await until(
      () => post(system, { Prefer: 'wait=20' }),
      ({ status }) => status !== 503,
    );
    expect(later.status).toBe(201);
  }, 60_000);
});

describe('while Redis is away', () => {
  it('writes without a key are refused at once with the reason; the other requests use PostgreSQL', async () => {
    const server = await startRedis();
    closers.push(() => server.stop());
    const system = await start({}, { redisUrl: server.url });
    const key = { 'Idempotency-Key': 'k', Prefer: 'wait=20' };
    const item = booking();
    const send = () => request(system.url).post('/api/appointments').set(key).send(item);
    expect((await send()).status).toBe(201);
    await server.kill();
    await until(
      () => readiness(system),
      ({ shedding }) => shedding.includes('redis-away'),
    );
    const refused = await post(system);
    expectShed(refused, 'unavailable');
    expect(await shedCount(system, 'redis-away')).toBeGreaterThan(0);
    // A malformed body behind the refusal gets no second answer.
    const malformed = await openConnection(system.url);
    malformed.write(
      'POST /api/appointments HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n',
    );
    expect(statusesIn(await malformed.untilClosed())).toEqual([503]);
    const replayed = await send();
    expect([replayed.status, replayed.headers['idempotent-replayed']]).toEqual([201, 'true']);
    expect((await readiness(system)).status).toBe(503);
    const back = await startRedis({ dir: server.dataDir, port: server.port });
    closers.unshift(() => back.stop());
    await until(
      () => post(system),
      ({ status }) => status === 202,
    );
    expect((await readiness(system)).shedding).toEqual([]);
  }, 60_000);
});

describe('a client that sends Expect: 100-continue', () => {
  it('receives 100 Continue, or a refusal before it sends its body', async () => {
    const { server, admin } = await startOwnRedis();
    const system = await start({}, { redisUrl: server.url });
    const body = JSON.stringify(booking());
    const head = `POST /api/appointments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`;
    const welcome = await openRaw(system);
    welcome.say(head);
    await welcome.untilHeard(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    welcome.say(body);
    await welcome.untilHeard(/HTTP\/1.1 202/);
    await admin.config('SET', 'maxmemory', '1mb');
    await until(
      () => readiness(system),
      ({ shedding }) => shedding.includes('memory'),
    );
    const refused = await openRaw(system);
    const ended = once(refused.socket, 'end');
    refused.say(head);
    await refused.untilHeard(/^HTTP\/1.1 503/);
    await ended;
    expect(refused.heard()).toMatch(/\r\nconnection: close\r\n/i);
    expect(refused.heard()).not.toContain('100 Continue');
  }, 60_000);
});

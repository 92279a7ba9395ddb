// Refusals before anything is read: who is refused, in what words, what becomes of the connection, and that it ends.

import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startRedis, startSystem, type RunningServer, type System } from '@slotline/testkit';
import { Redis } from 'ioredis';
import request, { type Response } from 'supertest';
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

async function readiness({ url }: System): Promise<{ status: number; shedding: string[] }> {
  const { status, body } = await request(url).get('/readyz');
  return { status, shedding: body.shedding as string[] };
}

async function metricOf({ adminUrl }: System, line: RegExp): Promise<number> {
  const { text } = await request(adminUrl).get('/metrics');
  return Number(line.exec(text)?.[1] ?? 0);
}

const ACCEPTS_IN_FLIGHT = /^slotline_accepts_in_flight\{.*\} (\d+)$/m;

function shedCount(system: System, reason: string): Promise<number> {
  return metricOf(system, new RegExp(`^slotline_shed_total\\{.*reason="${reason}".*\\} (\\d+)$`, 'm'));
}

/** Keeps the event loop busy, with a moment between two stretches; returns the end of it. */
function blockLoop(stretchMs: number): () => void {
  let isOver = false;
  const block = () => {
    if (isOver) return;
    const endsAt = performance.now() + stretchMs;
    while (performance.now() < endsAt);
    setImmediate(() => setImmediate(block));
  };
  block();
  return () => void (isOver = true);
}

/** A connection that says what it is told, byte by byte if need be, and notes all that it hears. */
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

describe('while the event loop lags', () => {
  it('reads are refused, health never, and all is as before when it is over', async () => {
    const system = await start({ LOOP_DELAY_MAX_MS: '5' });
    expect((await post(system)).status).toBe(202);
    const unblock = blockLoop(80);
    try {
      const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
      const read = () => request(system.url).get('/api/appointments?orgId=acme').set({ traceparent });
      const refused = await until(read, ({ status }) => status === 503);
      expectShed(refused, 'overloaded');
      expect(refused.body.instance).toBe('0123456789abcdef0123456789abcdef');
      // Writes have less room, and always some.
      expect((await post(system)).status).toBe(202);
      expect(await readiness(system)).toEqual({ status: 200, shedding: ['event-loop'] });
      expect((await request(system.url).get('/healthz?x=1')).status).toBe(200);
      expect((await request(system.adminUrl).get('/readyz')).status).toBe(200);
    } finally {
      unblock();
    }
    await until(
      () => readiness(system),
      ({ shedding }) => shedding.length === 0,
    );
    expect((await post(system)).status).toBe(202);
    expect(await shedCount(system, 'event-loop')).toBeGreaterThanOrEqual(1);
  }, 60_000);
});

describe('while too many writes are under way', () => {
  it('the next are refused at once and the connection is used on, and reads go on', async () => {
    const { server, admin } = await startOwnRedis();
    const system = await start({ ACCEPTS_IN_FLIGHT_MAX: '1' }, { redisUrl: server.url });
    await post(system);
    // Redis answers nobody, and what is sent to it is under way.
    await admin.client('PAUSE', 2_000, 'ALL');
    const rush = [1, 2, 3].map(async () => post(system));
    // The first answer is a refusal, and so one of the others is under way.
    expectShed(await Promise.race(rush), 'overloaded');
    const raw = await openRaw(system);
    const body = JSON.stringify({ ...booking(), metadata: { filler: 'x'.repeat(3_000) } });
    const head = `POST /api/appointments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const said = head + body;
    raw.say(said);
    await raw.untilHeard(/HTTP\/1.1 503[^]*\}$/);
    expect(raw.heard()).toContain('urn:slotline:problem:overloaded');
    expect(await shedCount(system, 'in-flight')).toBeGreaterThan(0);
    raw.say('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    await raw.untilHeard(/\{"status":"ok"\}/);
    // Within its time or not, the one that was taken was answered by what Redis did.
    const types = (await Promise.all(rush)).map(({ body }) => (body as { type?: string }).type);
    expect(types.filter((type) => type === 'urn:slotline:problem:overloaded')).toHaveLength(2);
    const later = await until(
      () => post(system, { Prefer: 'wait=20' }),
      ({ status }) => status !== 503,
    );
    expect(later.status).toBe(201);
  }, 60_000);

  it('slow clients, waits and streams are not counted', async () => {
    const system = await start({ ACCEPTS_IN_FLIGHT_MAX: '1' }, { workers: 0 });
    const slow = await Promise.all(Array.from({ length: 300 }, () => openRaw(system)));
    for (const { say } of slow) {
      say(
        'POST /api/appointments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{',
      );
    }
    const stream = await openRaw(system);
    stream.say('GET /api/changes/stream?orgId=acme HTTP/1.1\r\nHost: a\r\n\r\n');
    await stream.untilHeard(/text\/event-stream/);
    const waiting = post(system, { Prefer: 'wait=3' }).then(({ status }) => status);
    const listed = () => request(system.url).get('/api/requests?orgId=acme');
    await until(listed, ({ body }) => (body as unknown[]).length === 1);
    await until(
      () => metricOf(system, ACCEPTS_IN_FLIGHT),
      (count) => count === 0,
    );
    expect((await post(system)).status).toBe(202);
    expect(await waiting).toBe(202);
    expect(await shedCount(system, 'in-flight')).toBe(0);
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
  it('writes without a key are refused at once and say so; the rest is asked of PostgreSQL', async () => {
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

describe('a client that asks before it sends its body', () => {
  it('is told to go on, or refused and spared it', async () => {
    const { server, admin } = await startOwnRedis();
    const system = await start({}, { redisUrl: server.url });
    const body = JSON.stringify(booking());
    const head = `POST /api/appointments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`;
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

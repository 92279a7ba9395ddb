// The requests of one org are bounded in bytes as well as in items: outcomes, results in Redis, answers to batches,
// lists of waiting requests and mailboxes.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, startRedis, startSystem, type RunningServer, type System } from '@slotline/testkit';
import { Redis } from 'ioredis';
import request from 'supertest';

const WAIT = { Prefer: 'wait=20' };
const OUTCOME_BYTES_MAX = 32_768;
const ITEMS = 200;

let redisServer: RunningServer;
let system: System;
beforeAll(async () => {
  redisServer = await startRedis({ durable: false });
  system = await startSystem({
    redisUrl: redisServer.url,
    environment: { WEBHOOK_ALLOW_PRIVATE: 'true' },
  });
});
afterAll(async () => {
  await system.close();
  await redisServer.stop();
});

function book(orgId: string, id: string, { from = 0, hours = 1, metadata = {} } = {}) {
  const at = (hour: number) => new Date(Date.UTC(2031, 0, 1, hour)).toISOString();
  const dates = { createdAt: '2030-01-01 00:00', updatedAt: '2030-01-01 00:00' };
  return { orgId, id, resourceId: 'room', start: at(from), end: at(from + hours), ...dates, metadata };
}

function send(items: object[], { query = {}, headers = {}, url = system.url } = {}) {
  return request(url)
    .post('/api/appointments/batch')
    .query(query)
    .set({ ...WAIT, ...headers })
    .send(items);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Books `count` hours in a row, with ids of 190 characters. */
async function prepare(orgId: string, count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, n) =>
    book(orgId, `b${n}`.padEnd(190, '\u20ac'), { from: n }),
  );
  const { body } = await send(items);
  for (const { outcome } of body) expect(outcome.kind).toBe('created');
}

/** A day each, over everything. */
function bookDays(orgId: string, count: number): object[] {
  return Array.from({ length: count }, (_, n) => book(orgId, `d${n}`.padEnd(40, 'x'), { hours: 24 }));
}

describe('a refused batch of 200 items', () => {
  it('has an outcome of at most 32 kB, the same wherever it is read, and hardly any of it in Redis', async () => {
    const orgId = 'atomic';
    await prepare(orgId, 12);
    const receiver = await startReceiver();
    const query = { atomic: 'true', callbackUrl: receiver.url };
    const headers = { 'Idempotency-Key': 'large' };
    const refused = await send(bookDays(orgId, ITEMS), { query, headers });
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:slotline:problem:batch-refused']);
    const { requestId, outcome } = refused.body.request;
    expect(bytesOf(outcome)).toBeLessThanOrEqual(OUTCOME_BYTES_MAX);
    expect(outcome.items).toHaveLength(ITEMS);
    expect(outcome.items[0]).toMatchObject({ conflictsWith: [{ version: 1 }], moreConflicts: 9 });
    expect(outcome.items.at(-1)).toMatchObject({ conflictsWith: [], moreConflicts: 10 });

    const again = await send(bookDays(orgId, ITEMS), { query, headers });
    expect([again.status, again.body.request.outcome]).toEqual([409, outcome]);
    const self = `/api/requests/${requestId}`;
    const read = await request(system.url).get(self);
    expect([read.status, read.body.outcome]).toEqual([200, outcome]);
    const stream = await request(system.url).get(`${self}/events`);
    expect(stream.text).toContain(JSON.stringify(outcome));
    const [post] = await receiver.until(({ length }) => length === 1);
    expect(JSON.parse(post?.body ?? '').data.request.outcome).toEqual(outcome);
    await receiver.close();

    const redis = new Redis(system.redisUrl);
    expect(await redis.memory('USAGE', `{${system.queueName}:0}:i:${requestId}`, 'SAMPLES', 0)).toBeLessThan(
      300,
    );
    redis.disconnect();
  });

  it('is given to a long poll that began before it was decided', async () => {
    const orgId = 'atomic-wait';
    await prepare(orgId, 12);
    const accepted = await send(bookDays(orgId, ITEMS), {
      query: { atomic: 'true' },
      headers: { Prefer: 'respond-async' },
    });
    const { requestId } = accepted.body;
    const read = await request(system.url).get(`/api/requests/${requestId}`).query({ wait: 20 });
    expect(read.body.outcome.kind).toBe('refused');
  });
});

it('the ids of an atomic batch have at most 12,800 bytes together', async () => {
  const items = Array.from({ length: 100 }, (_, n) => book('ids', `i${n}`.padEnd(190, 'x'), { from: n }));
  const refused = await send(items, { query: { atomic: 'true' } });
  expect([refused.status, refused.body.errors]).toEqual([
    400,
    [{ pointer: '', code: 'ids-too-long', detail: expect.stringContaining('12800') }],
  ]);
});

it('the outcomes in the answer to a batch have 1 MB; those beyond are shortened and read whole on their own', async () => {
  const orgId = 'conflicts';
  await prepare(orgId, 12);
  const { status, body } = await send(bookDays(orgId, 1_000));
  expect(status).toBe(200);
  const outcomes = (body as { outcome: object; links: { self: string } }[]).map(({ outcome }) => outcome);
  expect(outcomes).toHaveLength(1_000);
  expect(bytesOf(outcomes)).toBeLessThan(1_100_000);
  expect(outcomes[0]).toMatchObject({ kind: 'conflict', conflictsWith: [{}, {}, {}], moreConflicts: 7 });
  expect(outcomes.at(-1)).toEqual({ kind: 'conflict', isShortened: true });
  const whole = await request(system.url).get(body.at(-1).links.self);
  expect(whole.body.outcome).toEqual(outcomes[0]);
});

it('40 large outcomes take less than 10 MB of Redis', async () => {
  const orgId = 'many';
  await prepare(orgId, 12);
  const redis = new Redis(system.redisUrl);
  const usedMemory = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  const before = await usedMemory();
  const batches = Array.from({ length: 40 }, () =>
    send(bookDays(orgId, ITEMS), { query: { atomic: 'true' } }),
  );
  for (const { status } of await Promise.all(batches)) expect(status).toBe(409);
  expect((await usedMemory()) - before).toBeLessThan(10_000_000);
  redis.disconnect();
});

describe('a mailbox', () => {
  const LIMIT = 1_048_576;
  let idle: System;
  beforeAll(async () => {
    idle = await startSystem({ workers: 0, environment: { MAILBOX_BYTES_MAX: String(LIMIT) } });
  });
  afterAll(() => idle.close());

  /** An atomic batch of 0.8 MB. */
  const large = (orgId: string) =>
    Array.from({ length: ITEMS }, (_, n) =>
      book(orgId, `${n}`, { from: n, metadata: { note: 'x'.repeat(3_900) } }),
    );
  const options = () => ({ url: idle.url, query: { atomic: 'true' }, headers: { Prefer: 'respond-async' } });

  it('is full of bytes before it is full of requests, and says so', async () => {
    const first = await send(large('full'), options());
    expect(first.status).toBe(202);
    const refused = await send(large('full'), options());
    expect([refused.status, refused.body.type]).toEqual([429, 'urn:slotline:problem:mailbox-full']);
    expect(refused.body.detail).toMatch(/have 8\d{5} bytes; at most 1048576 bytes may wait/);
    expect(refused.headers['ratelimit-policy']).toContain(`"mailbox";q=${LIMIT};qu="content-bytes"`);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await send(large('other'), options())).status).toBe(202);
  });

  it('shows what waits in it by its facts, without what is in it', async () => {
    const accepted = await send(large('shown'), options());
    const { place, ...facts } = accepted.body;
    const read = await request(idle.url).get(accepted.body.links.self);
    expect([read.status, read.body]).toEqual([200, { ...facts, place }]);
    const list = await request(idle.url).get('/api/requests').query({ orgId: 'shown', status: 'queued' });
    expect(list.body).toEqual([{ ...facts, place }]);
    expect(facts).toMatchObject({ operation: 'batch', status: 'queued', acceptedAt: expect.any(String) });
  });
});

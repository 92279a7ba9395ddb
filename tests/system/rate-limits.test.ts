// Token buckets over HTTP: what they grant across several API processes, and that a client that waits for
// `Retry-After` is served.

import { afterEach, describe, expect, it } from '@jest/globals';
import { makeKey, startRedis, startSystem, type System } from '@slotline/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import request, { type Response } from 'supertest';
import { BOOKING } from './a-booking.ts';
import { parseStringList } from './structured-fields.ts';

const systems: System[] = [];
afterEach(async () => {
  for (const system of systems.splice(0).reverse()) await system.close();
});

async function start(
  environment: Record<string, string>,
  options: Parameters<typeof startSystem>[0] = {},
): Promise<System> {
  const system = await startSystem({ workers: 0, ...options, environment });
  systems.push(system);
  return system;
}

/** Starts another API process of the same service. */
function startBeside(system: System, environment: Record<string, string>): Promise<System> {
  const { databaseUrl, redisUrl, queueName } = system;
  return start({ ...environment, QUEUE_NAME: queueName }, { databaseUrl, redisUrl });
}

/** Refills too slowly to matter within a test. */
const SLOW = { ORG_REQUESTS_PER_S: '1', ORG_BURST: '1000' };

let ids = 0;
function post({ url }: System, { orgId = 'acme', key }: { orgId?: string; key?: string } = {}) {
  const call = request(url).post('/api/appointments');
  if (key !== undefined) call.set('Authorization', `Bearer ${key}`);
  return call.send({ ...BOOKING, id: `id-${++ids}`, orgId });
}

function postBatch({ url }: System, count: number) {
  const items = Array.from({ length: count }, () => ({ ...BOOKING, id: `id-${++ids}`, orgId: 'acme' }));
  return request(url).post('/api/appointments/batch').send(items);
}

function limitsOf({ headers }: Response) {
  return {
    policy: parseStringList(headers['ratelimit-policy'] as string),
    state: parseStringList(headers['ratelimit'] as string),
  };
}

function remainingOf(answer: Response, policy = 'org'): unknown {
  return limitsOf(answer).state.get(policy)?.['r'];
}

function expectRateLimited(answer: Response, policy = 'org') {
  expect([answer.status, answer.type, answer.body.type]).toEqual([
    429,
    'application/problem+json',
    'urn:slotline:problem:rate-limited',
  ]);
  const { r, t } = limitsOf(answer).state.get(policy) ?? {};
  expect([r, String(t)]).toEqual([0, answer.headers['retry-after']]);
}

describe('without rate limits', () => {
  it('no answer has rate limit headers', async () => {
    const system = await start({});
    const answer = await post(system);
    expect([answer.status, answer.headers['ratelimit'], answer.headers['ratelimit-policy']]).toEqual([
      202,
      undefined,
      undefined,
    ]);
  });
});

describe('the limit of an org', () => {
  it('is in the structured fields of every answer', async () => {
    const system = await start(SLOW);
    const answer = await post(system);
    expect(answer.status).toBe(202);
    const { policy, state } = limitsOf(answer);
    expect([...policy]).toEqual([['org', { q: 1_000, w: 1_000 }]]);
    expect([...state]).toEqual([['org', { r: 999, t: 1 }]]);
    // An invalid request costs a token too, and its answer shows that.
    const invalid = await request(system.url).get('/api/appointments?orgId=acme&limit=0');
    expect(invalid.status).toBe(400);
    expect(remainingOf(invalid)).toBeLessThan(1_000);
  });

  it('is shared by all processes, and a refusal says when to retry', async () => {
    const settings = { ORG_REQUESTS_PER_S: '1', ORG_BURST: '6' };
    const one = await start(settings);
    const two = await startBeside(one, settings);
    const answers: Response[] = [];
    for (let at = 0; at < 10; at++) answers.push(await post(at % 2 === 0 ? one : two));
    const [taken, refused] = [202, 429].map((status) => answers.filter((answer) => answer.status === status));
    // A token may be refilled while the ten are sent.
    expect(taken?.length).toBeGreaterThanOrEqual(6);
    expect(refused?.length).toBeGreaterThan(0);
    for (const answer of refused ?? []) expectRateLimited(answer);
    expect((await post(two, { orgId: 'umbrella' })).status).toBe(202);
    const listed = await request(one.url).get('/api/requests?orgId=umbrella');
    expect([listed.status, listed.body.length]).toEqual([200, 1]);
  });

  it('admits a client that waits for `Retry-After`', async () => {
    const system = await start({ ORG_REQUESTS_PER_S: '2', ORG_BURST: '2' });
    for (let waited = 0; waited < 3;) {
      const answer = await post(system);
      if (answer.status === 202) continue;
      expectRateLimited(answer);
      await sleep(Number(answer.headers['retry-after']) * 1_000);
      expect((await post(system)).status).toBe(202);
      waited += 1;
    }
  }, 30_000);

  it('counts every item of a batch, enqueues nothing of a refused one, and admits one larger than `burst`', async () => {
    const system = await start({ ORG_REQUESTS_PER_S: '1', ORG_BURST: '10' });
    const first = await postBatch(system, 8);
    expect([first.status, remainingOf(first)]).toEqual([202, 2]);
    const refused = await postBatch(system, 8);
    expectRateLimited(refused);
    const listed = await request(system.url).get('/api/requests?orgId=acme');
    expect(listed.body).toHaveLength(8);
    // Larger than `burst`: a full bucket grants it, and the balance then goes negative.
    const large = await start({ ORG_REQUESTS_PER_S: '1', ORG_BURST: '10' });
    expect((await postBatch(large, 25)).status).toBe(202);
    const later = await post(large);
    expectRateLimited(later);
    expect(Number(later.headers['retry-after'])).toBeGreaterThan(10);
  });

  it('counts the items of an atomic batch too', async () => {
    const system = await start(SLOW);
    const items = Array.from({ length: 5 }, (_, at) => ({
      ...BOOKING,
      id: `atomic-${at}`,
      resourceId: `r-${at}`,
    }));
    const answer = await request(system.url).post('/api/appointments/batch?atomic=true').send(items);
    expect([answer.status, remainingOf(answer)]).toEqual([202, 995]);
  });
});

describe('the limit of a key', () => {
  const KEYS = { AUTH: 'keys', KEY_REQUESTS_PER_S: '1', KEY_BURST: '4' };

  it('refuses that key only, and refused requests take no tokens from its org', async () => {
    const system = await start({ ...KEYS, ...SLOW });
    const [flooding, quiet] = await Promise.all([
      makeKey(system, { orgId: 'acme', scopes: ['write'] }),
      makeKey(system, { orgId: 'acme', scopes: ['write'] }),
    ]);
    const answers: Response[] = [];
    for (let at = 0; at < 12; at++) answers.push(await post(system, { key: flooding }));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expectRateLimited(answer, 'key');
    const taken = answers.length - refused.length;
    const other = await post(system, { key: quiet });
    expect([other.status, remainingOf(other, 'key')]).toEqual([202, 3]);
    expect(Number(remainingOf(other, 'org'))).toBeGreaterThanOrEqual(1_000 - taken - 1);
  });

  it('is checked after the credentials and before the body is read', async () => {
    const system = await start(KEYS);
    const key = await makeKey(system, { orgId: 'acme', scopes: ['write'] });
    const send = (authorization: string) =>
      request(system.url)
        .post('/api/appointments')
        .set({ Authorization: authorization, 'Content-Type': 'application/json' })
        .send('{ no json');
    let answer = await send(`Bearer ${key}`);
    while (answer.status === 400) answer = await send(`Bearer ${key}`);
    expectRateLimited(answer, 'key');
    const wrong = await send('Bearer slk_unknown');
    expect([wrong.status, wrong.headers['ratelimit']]).toEqual([401, undefined]);
  });
});

describe('while Redis is away', () => {
  it('reads are still answered, within the limit of each process', async () => {
    const redis = await startRedis();
    try {
      const settings = { ORG_REQUESTS_PER_S: '1', ORG_BURST: '5' };
      const system = await start(settings, { redisUrl: redis.url });
      await redis.kill();
      const read = () => request(system.url).get('/api/appointments?orgId=acme');
      const answer = await read();
      expect([answer.status, answer.body]).toEqual([200, []]);
      let last = answer;
      while (last.status === 200) last = await read();
      expectRateLimited(last);
      expect((await post(system)).status).toBe(503);
    } finally {
      await redis.stop();
    }
  }, 30_000);
});

describe('a full mailbox', () => {
  it('is reported in the same fields, as a separate policy', async () => {
    const system = await start({ MAILBOX_MAX: '2' });
    const statuses = [await post(system), await post(system)].map(({ status }) => status);
    expect(statuses).toEqual([202, 202]);
    const full = await post(system);
    expect([full.status, full.body.type]).toEqual([429, 'urn:slotline:problem:mailbox-full']);
    const { policy, state } = limitsOf(full);
    expect([...policy]).toEqual([['mailbox', { q: 2, qu: 'concurrent-requests' }]]);
    expect([...state]).toEqual([['mailbox', { r: 0, t: Number(full.headers['retry-after']) }]]);
  });
});

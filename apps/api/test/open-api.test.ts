// Starting an API: the conditions that refuse a start, and that a refused start leaves nothing open.

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, createLogger } from '@slotline/runtime';
import { startRedis, testRedis, type RunningServer } from '@slotline/testkit';
import { Redis } from 'ioredis';
import request from 'supertest';
import { openApi, readApiConfig } from '../src/index.ts';

const LOGGER = createLogger({ app: 'test', level: 'silent' });

let forgetful: RunningServer;
beforeAll(async () => {
  forgetful = await startRedis({ settings: { appendfsync: 'everysec' } });
});
afterAll(async () => {
  await forgetful.stop();
});

function open(environment: Record<string, string>) {
  const defaults = {
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
    REDIS_URL: forgetful.url,
    PORT: '0',
    ADMIN_PORT: '0',
  };
  return openApi(readApiConfig({ ...defaults, ...environment }), { logger: LOGGER });
}

/** Connections to Redis, except the one that queries them. */
async function connectionsOf(url: string): Promise<number> {
  const redis = new Redis(url);
  const list = await redis.client('LIST');
  redis.disconnect();
  return String(list).trim().split('\n').length - 1;
}

describe('a Redis that may lose acknowledged writes', () => {
  it('is refused in production with the required settings, and its connections are closed', async () => {
    const refusal = open({ NODE_ENV: 'production' });
    await expect(refusal).rejects.toBeInstanceOf(ConfigError);
    await expect(refusal).rejects.toThrow(/appendfsync always.*noeviction.*ACCEPT_DURABILITY=relaxed/);
    // Redis notices a closed connection with a delay.
    while ((await connectionsOf(forgetful.url)) > 0) continue;
  });

  it.each([{ NODE_ENV: 'production', ACCEPT_DURABILITY: 'relaxed' }, { NODE_ENV: 'development' }])(
    'is accepted with %j, and /readyz reports its durability',
    async (environment) => {
      const api = await open(environment);
      const { body } = await request(api.adminAddress).get('/readyz');
      expect(body.durability).toMatchObject({ isDurable: false, appendfsync: 'everysec' });
      expect(await api.close()).toBe(true);
    },
  );
});

it('a durable Redis is accepted in production', async () => {
  const { url, name } = testRedis();
  const api = await open({ NODE_ENV: 'production', REDIS_URL: url, QUEUE_NAME: name });
  expect(await api.close()).toBe(true);
});

it.each(['PORT', 'ADMIN_PORT'] as const)(
  'a port in use is reported by its setting, %s, and nothing stays open',
  async (setting) => {
    const first = await open({});
    const taken = { PORT: String(first.port), ADMIN_PORT: String(first.adminPort) }[setting];
    const before = await connectionsOf(forgetful.url);
    const refusal = open({ [setting]: taken });
    await expect(refusal).rejects.toBeInstanceOf(ConfigError);
    await expect(refusal).rejects.toThrow(new RegExp(`^${setting}: port ${taken} is in use`));
    while ((await connectionsOf(forgetful.url)) > before) continue;
    await first.close();
  },
);

it('an API releases its admin port when its public port is taken', async () => {
  const first = await open({});
  const free = await open({});
  await free.close();
  const refusal = open({ PORT: String(first.port), ADMIN_PORT: String(free.adminPort) });
  await expect(refusal).rejects.toThrow(/^PORT: /);
  const second = await open({ ADMIN_PORT: String(free.adminPort) });
  expect(second.adminPort).toBe(free.adminPort);
  await Promise.all([first.close(), second.close()]);
});

it('the admin port answers until the last answer of the public one is sent', async () => {
  const { url, name } = testRedis();
  const api = await open({ REDIS_URL: url, QUEUE_NAME: name });
  // A request that has begun and not ended keeps the public port open.
  const half = connect(api.port, '127.0.0.1');
  await new Promise((resolve) => half.once('connect', resolve));
  half.write('POST /api/appointments HTTP/1.1\r\nHost: localhost\r\n');
  await request(api.adminAddress).get('/healthz');
  const closed = api.close();
  const ready = await request(api.adminAddress).get('/readyz');
  expect([ready.status, ready.body.isStopping]).toEqual([503, true]);
  half.end('Content-Type: application/json\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{');
  half.resume();
  expect(await closed).toBe(true);
  await expect(request(api.adminAddress).get('/healthz')).rejects.toThrow(/ECONNREFUSED/);
});

it('an unreachable Redis is reported without its credentials', async () => {
  const refusal = open({ REDIS_URL: 'redis://user:canary@127.0.0.1:1' });
  await expect(refusal).rejects.toMatchObject({ code: 'redis-unavailable' });
  await expect(refusal).rejects.not.toThrow(/canary/);
});

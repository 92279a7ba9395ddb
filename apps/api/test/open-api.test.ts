// Starting an API: what it refuses to start on, and that a refused start leaves nothing open.

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
  const defaults = { DATABASE_URL: 'postgres://127.0.0.1:1/none', REDIS_URL: forgetful.url, PORT: '0' };
  return openApi(readApiConfig({ ...defaults, ...environment }), { logger: LOGGER });
}

/** Connections that Redis has, but for the one that asks. */
async function connectionsOf(url: string): Promise<number> {
  const redis = new Redis(url);
  const list = await redis.client('LIST');
  redis.disconnect();
  return String(list).trim().split('\n').length - 1;
}

describe('a Redis that may forget what it acknowledged', () => {
  it('is refused in production, with the settings it needs, and its connections are closed', async () => {
    const refusal = open({ NODE_ENV: 'production' });
    await expect(refusal).rejects.toBeInstanceOf(ConfigError);
    await expect(refusal).rejects.toThrow(/appendfsync always.*noeviction.*ACCEPT_DURABILITY=relaxed/);
    // Redis notices a closed connection when it gets to it.
    while ((await connectionsOf(forgetful.url)) > 0) continue;
  });

  it.each([{ NODE_ENV: 'production', ACCEPT_DURABILITY: 'relaxed' }, { NODE_ENV: 'development' }])(
    'is taken with %j, and /readyz says what it is',
    async (environment) => {
      const api = await open(environment);
      const { body } = await request(api.address).get('/readyz');
      expect(body.durability).toMatchObject({ isDurable: false, appendfsync: 'everysec' });
      expect(await api.close()).toBe(true);
    },
  );
});

it('a durable Redis is taken in production', async () => {
  const { url, name } = testRedis();
  const api = await open({ NODE_ENV: 'production', REDIS_URL: url, QUEUE_NAME: name });
  expect(await api.close()).toBe(true);
});

it('a port that is taken is said with its code, and no connection stays open', async () => {
  const first = await open({});
  const before = await connectionsOf(forgetful.url);
  await expect(open({ PORT: String(first.port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  while ((await connectionsOf(forgetful.url)) > before) continue;
  await first.close();
});

it('a Redis that is away is said without its credentials', async () => {
  const refusal = open({ REDIS_URL: 'redis://user:canary@127.0.0.1:1' });
  await expect(refusal).rejects.toMatchObject({ code: 'redis-unavailable' });
  await expect(refusal).rejects.not.toThrow(/canary/);
});

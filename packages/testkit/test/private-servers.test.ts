import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { startPostgres, startRedis, testRedis } from '@slotline/testkit';
import { Redis } from 'ioredis';

test('a private Redis is durable and apart from the shared one', async () => {
  const server = await startRedis();
  expect(server.url).not.toBe(testRedis().url);
  const client = new Redis(server.url);
  expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
  client.disconnect();
  await server.kill();
});

test('the shared Redis has durable settings and a fresh namespace at every call', async () => {
  const { url, name } = testRedis();
  const client = new Redis(url);
  expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  expect(testRedis().name).not.toBe(name);
  client.disconnect();
});

test('a private PostgreSQL keeps its data in the folder of the run', async () => {
  const server = await startPostgres();
  expect(existsSync(server.dataDir)).toBe(true);
  await server.stop();
});

import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { findFreePort, isAlive, startRedis } from '@slotline/embedded';
import { Redis } from 'ioredis';
import { isRoot, makeScratch, REDIS_BINARY_DIR, removeScratches, startOwner } from './scratch.ts';

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

afterAll(removeScratches);

const durable = (dir: string) => ({ dir, durable: true, binaryDir: REDIS_BINARY_DIR });
const folder = () => path.join(makeScratch(), 'deep/redis');

test('what was answered survives a kill and a start', async () => {
  const o = durable(folder());
  const first = await startRedis(o);
  await withClient(first.url, (client) => client.set('kept', '1'));
  await first.kill();
  expect(isAlive(first.pid)).toBe(false);
  const second = await startRedis(o);
  expect(await withClient(second.url, (client) => client.get('kept'))).toBe('1');
  await second.stop();
  const third = await startRedis(o);
  expect(await withClient(third.url, (client) => client.get('kept'))).toBe('1');
  await third.stop();
});

test('a durable server has every setting behind promise P1 and the one for mailboxes, and a setting given wins', async () => {
  const server = await startRedis({ ...durable(folder()), settings: { maxmemory: '3mb' } });
  const settings = await withClient(server.url, (client) =>
    client.config(
      'GET',
      'append*',
      'no-appendfsync-on-rewrite',
      'aof-load-truncated',
      'save',
      'maxmemory*',
      'stream-node-max-bytes',
      'bind',
    ),
  );
  const pairs = settings;
  const value = (name: string) => pairs[pairs.indexOf(name) + 1];
  expect(value('appendonly')).toBe('yes');
  expect(value('appendfsync')).toBe('always');
  expect(value('no-appendfsync-on-rewrite')).toBe('no');
  expect(value('aof-load-truncated')).toBe('yes');
  expect(value('save')).toBe('');
  expect(value('maxmemory-policy')).toBe('noeviction');
  expect(value('maxmemory')).toBe('3145728');
  expect(value('stream-node-max-bytes')).toBe('1536');
  expect(value('bind')).toBe('127.0.0.1');
  await server.stop();
});

test('a server left behind by a killed process is replaced, with its data', async () => {
  const dir = folder();
  const owner = await startOwner('redis', dir);
  await withClient(owner.server.url, (client) => client.set('kept', '1'));
  await owner.tell('die');
  expect(isAlive(owner.server.pid)).toBe(true);
  const server = await startRedis(durable(dir));
  expect(isAlive(owner.server.pid)).toBe(false);
  expect(await withClient(server.url, (client) => client.get('kept'))).toBe('1');
  await server.stop();
});

test('a folder in use by a living process is refused and its server left alone', async () => {
  const dir = folder();
  const owner = await startOwner('redis', dir);
  await expect(startRedis(durable(dir))).rejects.toThrow(/in use by process \d+/);
  expect(await withClient(owner.server.url, (client) => client.ping())).toBe('PONG');
  await owner.tell('stop');
});

test('a folder with foreign files is refused with advice', async () => {
  const dir = makeScratch();
  writeFileSync(path.join(dir, 'letter.txt'), '');
  await expect(startRedis(durable(dir))).rejects.toThrow(/not Slotline's Redis data. Move them away/);
});

test('a busy port is reported by number', async () => {
  const port = await findFreePort();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  await expect(startRedis({ ...durable(folder()), port })).rejects.toThrow(`Port ${port}`);
  await new Promise((resolve) => squatter.close(resolve));
});

test('a setting that the server refuses is reported with the server’s message', async () => {
  const settings = { 'no-such-setting': '1' };
  await expect(startRedis({ ...durable(folder()), settings })).rejects.toThrow(/no-such-setting/);
});

const testAsRoot = isRoot ? test : test.skip; // only root can become another user

testAsRoot('an ordinary user runs the server as itself', async () => {
  const uid = 1000;
  const owner = await startOwner('redis', path.join(makeScratch({ mode: 0o700, owner: uid }), 'redis'), uid);
  expect(statSync(`/proc/${owner.server.pid}`).uid).toBe(uid);
  await owner.tell('stop');
});

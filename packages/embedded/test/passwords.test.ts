// Embedded servers require their password, and only the owner of the password file can read it.

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { findRunningPostgres, startPostgres, startRedis, type RunningServer } from '@slotline/embedded';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { isRoot, makeScratch, REDIS_BINARY_DIR, removeScratches, startOwner } from './scratch.ts';

afterAll(removeScratches);

const TRUST = 'local all all trust\nhost all all 127.0.0.1/32 trust\n';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function ping(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  client.on('error', () => {});
  try {
    return await client.ping();
  } finally {
    client.disconnect();
  }
}

function withPassword(url: string, password: string): string {
  const other = new URL(url);
  other.password = password;
  return other.href;
}

const passwordOf = ({ url }: Pick<RunningServer, 'url'>) => new URL(url).password;
const commandLine = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

/** What an earlier release left: every local user is the superuser, and no file has a password. */
async function openToAll(dir: string, server: RunningServer): Promise<void> {
  writeFileSync(path.join(server.dataDir, 'pg_hba.conf'), TRUST);
  await query(server.url, 'alter role postgres password null; select pg_reload_conf()');
  rmSync(`${dir}.password`);
}

test('PostgreSQL accepts its password, and refuses other local users', async () => {
  const server = await startPostgres({ dir: path.join(makeScratch(), 'postgres'), durable: false });
  expect(await query(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  const refused = { code: '28P01' };
  await expect(query(withPassword(server.url, 'guess'), 'select')).rejects.toMatchObject(refused);
  await expect(query(withPassword(server.url, ''), 'select')).rejects.toThrow(/password/);
  expect(await query(server.url, 'select distinct auth_method from pg_hba_file_rules order by 1')).toEqual([
    { auth_method: 'scram-sha-256' },
  ]);
  await server.stop();
});

test('Redis accepts its password, and refuses other local users', async () => {
  const server = await startRedis({
    ...{ dir: path.join(makeScratch(), 'redis'), durable: false },
    binaryDir: REDIS_BINARY_DIR,
  });
  expect(await ping(server.url)).toBe('PONG');
  await expect(ping(withPassword(server.url, ''))).rejects.toThrow('NOAUTH');
  await expect(ping(withPassword(server.url, 'guess'))).rejects.toThrow(/WRONGPASS|NOAUTH/);
  await server.stop();
});

test('a password is 192 random bits in a file of its owner, and in no argument, log or other file that all may read', async () => {
  const dir = makeScratch();
  const servers = await Promise.all([
    startPostgres({ dir: path.join(dir, 'postgres'), durable: false }),
    startRedis({ dir: path.join(dir, 'redis'), durable: false, binaryDir: REDIS_BINARY_DIR }),
  ]);
  const passwords = servers.map(passwordOf);
  expect(new Set(passwords).size).toBe(2);
  for (const [at, name] of ['postgres', 'redis'].entries()) {
    const file = path.join(dir, `${name}.password`);
    expect(passwords[at]).toMatch(/^[\w-]{32}$/);
    expect(readFileSync(file, 'utf8').trim()).toBe(passwords[at]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(commandLine(servers[at]?.pid ?? 0)).not.toContain(passwords[at]);
    expect(readFileSync(path.join(dir, `${name}.log`), 'utf8')).not.toContain(passwords[at]);
  }
  expect(statSync(path.join(dir, 'redis/redis.conf')).mode & 0o777).toBe(0o600);
  expect(statSync(path.join(dir, 'redis')).mode & 0o777).toBe(0o700);
  await Promise.all(servers.map((server) => server.stop()));
});

test('data and password survive a stop and a start', async () => {
  const o = { dir: path.join(makeScratch(), 'postgres'), durable: true };
  const first = await startPostgres(o);
  await first.stop();
  const second = await startPostgres(o);
  expect(passwordOf(second)).toBe(passwordOf(first));
  await second.stop();
});

test('a cluster that trusted every local user is closed at its next start, and keeps its data', async () => {
  const o = { dir: path.join(makeScratch(), 'postgres'), durable: true };
  const open = await startPostgres(o);
  await query(open.url, 'create table kept (n int); insert into kept values (1)');
  await openToAll(o.dir, open);
  await open.kill();
  const closed = await startPostgres(o);
  expect(passwordOf(closed)).not.toBe(passwordOf(open));
  expect(await query(closed.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await expect(query(withPassword(closed.url, ''), 'select')).rejects.toThrow(/password/);
  await closed.stop();
});

test('an open server that an earlier run left behind is replaced by a closed one', async () => {
  const dir = path.join(makeScratch(), 'postgres');
  const owner = await startOwner('postgres', dir);
  const { url, pid, dataDir } = owner.server;
  await openToAll(dir, { url, pid, dataDir } as RunningServer);
  await owner.tell('die');
  const server = await startPostgres({ dir, durable: true });
  await expect(query(withPassword(server.url, ''), 'select')).rejects.toThrow(/password/);
  expect(await query(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  await server.stop();
});

test('a removed password file is made again with another password', async () => {
  const dir = makeScratch();
  const start = () =>
    Promise.all([
      startPostgres({ dir: path.join(dir, 'postgres'), durable: true }),
      startRedis({ dir: path.join(dir, 'redis'), durable: true, binaryDir: REDIS_BINARY_DIR }),
    ]);
  const first = await start();
  await Promise.all(first.map((server) => server.stop()));
  for (const name of ['postgres', 'redis']) rmSync(path.join(dir, `${name}.password`));
  const [postgres, redis] = await start();
  expect(first.map(passwordOf)).not.toContain(passwordOf(postgres));
  expect(first.map(passwordOf)).not.toContain(passwordOf(redis));
  expect(await query(postgres.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  expect(await ping(redis.url)).toBe('PONG');
  await Promise.all([postgres.stop(), redis.stop()]);
});

test('a password file with something else in it is refused without showing it', async () => {
  const dir = path.join(makeScratch(), 'postgres');
  writeFileSync(`${dir}.password`, 'not one\n');
  const start = startPostgres({ dir, durable: false });
  await expect(start).rejects.toThrow(/postgres\.password holds no password. Stop Slotline, remove the file/);
  await expect(start).rejects.not.toThrow(/not one/);
});

test('the PostgreSQL that runs on a folder is found with its password', async () => {
  const dir = path.join(makeScratch(), 'postgres');
  const server = await startPostgres({ dir, durable: false });
  expect(findRunningPostgres(dir)).toBe(server.url);
  await server.stop();
});

const testAsRoot = isRoot ? test : test.skip; // only root can become another user

testAsRoot('a new folder of an ordinary user is for that user alone', async () => {
  const uid = 1000;
  const parent = makeScratch({ owner: uid });
  const owner = await startOwner('redis', path.join(parent, 'data/redis'), uid);
  expect(statSync(path.join(parent, 'data')).mode & 0o777).toBe(0o700);
  expect(existsSync(path.join(parent, 'data/redis.password'))).toBe(true);
  await owner.tell('stop');
});

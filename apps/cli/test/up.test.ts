import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { openDatabase, schemaState } from '@slotline/db';
import { isAlive } from '@slotline/embedded';
import { createTestDatabase, makeTestFolder, testRedis } from '@slotline/testkit';
import { runUp } from './fixtures/run-up.ts';

const READY = 'Slotline is ready';
const folder = () => makeTestFolder('up');

/** The servers of the test run, for tests that do not need servers started by `up`. */
async function shared(): Promise<Record<string, string>> {
  return { DATABASE_URL: (await createTestDatabase()).url, REDIS_URL: testRedis().url };
}

async function stateOf(url: string) {
  const db = openDatabase({ url, poolMax: 1 });
  const state = await schemaState(db);
  await db.close();
  return state;
}

const pids = (journal: string[]) => journal.map((line) => Number(line.split(' ')[2]));

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(20);
}

test('up starts its own servers, migrates, shows how to book, and stops cleanly in order', async () => {
  const up = runUp(folder(), { WORKERS: '2' });
  await up.printed(READY);
  expect(up.output()).toMatch(/creating the database/);
  expect(up.output()).toMatch(/Operators +http:\/\/127\.0\.0\.1:0\/metrics/);
  expect(up.output()).toMatch(/curl -i http:\/\/127\.0\.0\.1:\d+\/api\/appointments .*"start":"\d{4}-/);
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
  expect(
    up
      .journal()
      .map((line) => line.split(' ').slice(0, 2).join(' '))
      .slice(3),
  ).toEqual(['sigterm api', 'sigterm worker', 'sigterm worker']);
});

test('the apps connect as a role without superuser rights that owns nothing, and up prints no passwords', async () => {
  const dir = folder();
  const up = runUp(dir);
  await up.printed(READY);
  const [, url = ''] = /urls=(\S+)/.exec(up.output()) ?? [];
  const [, redisUrl = ''] = /redis=(\S+)/.exec(up.output()) ?? [];
  expect([new URL(url).username, await stateOf(url)]).toEqual(['slotline_app', 'current']);
  expect(up.output()).not.toContain('owner=');
  const files = readdirSync(path.join(dir, 'data')).filter((name) => name.endsWith('.password'));
  expect(files).toEqual(['postgres-app.password', 'postgres.password', 'redis.password']);
  const passwords = files.map((name) => readFileSync(path.join(dir, 'data', name), 'utf8').trim());
  expect([passwords[0], passwords[2]]).toEqual([new URL(url).password, new URL(redisUrl).password]);
  const [, ready = ''] = up.output().split(READY);
  expect(ready).toContain(`postgres://slotline_app@127.0.0.1:${new URL(url).port}/postgres`);
  for (const [at, password] of passwords.entries()) {
    expect(statSync(path.join(dir, 'data', files[at] ?? '')).mode & 0o777).toBe(0o600);
    expect(ready).not.toContain(password);
  }
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
});

test('a deleted password of the apps is created again', async () => {
  const dir = folder();
  const first = runUp(dir);
  await first.printed(READY);
  first.kill('SIGTERM');
  expect(await first.exited).toBe(0);
  rmSync(path.join(dir, 'data/postgres-app.password'));
  const second = runUp(dir);
  await second.printed(READY);
  const [, url = ''] = /urls=(\S+)/.exec(second.output()) ?? [];
  expect(await stateOf(url)).toBe('current');
  second.kill('SIGTERM');
  expect(await second.exited).toBe(0);
});

test('a named database is migrated as its owner, and no app gets the owner’s URL', async () => {
  const { url, applicationUrl, drop } = await createTestDatabase();
  const stores = { DATABASE_URL: applicationUrl, REDIS_URL: testRedis().url };
  const up = runUp(folder(), { ...stores, DATABASE_OWNER_URL: url });
  await up.printed(READY);
  expect(up.output()).toContain(`urls=${applicationUrl}`);
  expect(up.output()).not.toContain('owner=');
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
  await drop();
});

test('data in own servers survives a kill of up, and the apps end automatically', async () => {
  const dir = folder();
  const first = runUp(dir);
  await first.printed(READY);
  first.kill('SIGKILL');
  await Promise.all(pids(first.journal()).map(untilGone));
  const second = runUp(dir);
  await second.printed(READY);
  expect(second.output()).not.toMatch(/creating the database/);
  second.kill('SIGINT');
  expect(await second.exited).toBe(0);
});

test('with watched folders a changed source restarts the apps alone, and a test does not', async () => {
  const dir = folder();
  const sources = path.join(dir, 'apps');
  mkdirSync(path.join(sources, 'api/src'), { recursive: true });
  writeFileSync(path.join(sources, 'api/src/a.ts'), '');
  const up = runUp(path.join(dir, 'up'), { FAKE_SOURCES: sources });
  await up.printed(READY);
  writeFileSync(path.join(sources, 'api/src/a.test.ts'), '');
  await delay(500);
  expect(up.journal()).toHaveLength(2);
  // As an editor saves: a new file takes the place of the old one, more than once.
  for (const round of [1, 2]) {
    writeFileSync(path.join(sources, 'api/src/.draft'), String(round));
    renameSync(path.join(sources, 'api/src/.draft'), path.join(sources, 'api/src/a.ts'));
    await up.printed('api/src/a.ts changed; restarting', round);
    while (up.journal().length < 2 + 4 * round) await delay(20);
  }
  expect(up.output()).not.toMatch(/unexpectedly/);
  up.kill('SIGINT');
  expect(await up.exited).toBe(0);
  await Promise.all(pids(up.journal()).map(untilGone));
});

test('an app that cannot start waits for a change of its source when folders are watched', async () => {
  const dir = folder();
  const sources = path.join(dir, 'apps');
  mkdirSync(path.join(sources, 'api/src'), { recursive: true });
  const up = runUp(path.join(dir, 'up'), { FAKE_SOURCES: sources, FAKE_FAULT: 'api dies' });
  await up.printed('api ended unexpectedly (exit code 1); starting it again when its source changes');
  writeFileSync(path.join(sources, 'api/src/a.ts'), '');
  await up.printed('starting it again when its source changes', 2);
  up.kill('SIGINT');
  expect(await up.exited).toBe(0);
});

test('a second signal ends apps that do not stop', async () => {
  const up = runUp(folder(), { ...(await shared()), FAKE_FAULT: 'worker hangs' });
  await up.printed(READY);
  up.kill('SIGINT');
  await up.journalled('ignored worker');
  await delay(600); // a faster second signal counts as the same signal
  up.kill('SIGINT');
  expect(await up.exited).toBe(1);
  await Promise.all(pids(up.journal()).map(untilGone));
});

test('a closed terminal stops up cleanly', async () => {
  const up = runUp(folder());
  await up.printed(READY);
  up.closeOutput();
  up.kill('SIGHUP');
  expect(await up.exited).toBe(0);
});

test('a second up on the same data is refused and does not disturb the first', async () => {
  const dir = folder();
  const first = runUp(dir);
  await first.printed(READY);
  const second = runUp(dir);
  expect(await second.exited).toBe(1);
  expect(second.output()).toMatch(/in use by process \d+/);
  first.kill('SIGTERM');
  expect(await first.exited).toBe(0);
});

test('named servers are used and none are started', async () => {
  const env = await shared();
  const up = runUp(folder(), env);
  await up.printed(READY);
  expect(up.output()).toContain(`urls=${env['DATABASE_URL']}`);
  expect(up.output()).not.toMatch(/creating the database|Data /);
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
});

test('API and workers get one key for webhook secrets: the same at every start, or the one from the environment', async () => {
  const dir = folder();
  const env = await shared();
  const keysOf = async (more: Record<string, string>) => {
    const up = runUp(dir, { ...env, ...more });
    await up.printed(READY);
    up.kill('SIGTERM');
    expect(await up.exited).toBe(0);
    return [...up.output().matchAll(/key=(\S+)/g)].map(([, key]) => key);
  };
  const [made, ...others] = await keysOf({});
  expect(made).toMatch(/^[\w+/]{43}=$/);
  expect(others).toEqual([made]);
  expect(await keysOf({})).toEqual([made, made]);
  expect(await keysOf({ WEBHOOK_SECRETS_KEY: 'named' })).toEqual(['named', 'named']);
});

test('an app that is killed is restarted', async () => {
  const up = runUp(folder(), await shared());
  await up.printed(READY);
  const api = up.journal().find((line) => line.startsWith('start api'));
  process.kill(Number(api?.split(' ')[2]), 'SIGKILL');
  await up.printed('api ended unexpectedly (SIGKILL)');
  await up.printed('warn  hello', 3);
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
});

test('an own PostgreSQL that is killed is restarted on the same port', async () => {
  const dir = folder();
  const up = runUp(dir);
  await up.printed(READY);
  const file = path.join(dir, 'data/postgres/postmaster.pid');
  const facts = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  const [pid, , , port] = facts();
  process.kill(Number(pid), 'SIGKILL');
  await up.printed('PostgreSQL ended unexpectedly; starting it again');
  while (facts()[0] === pid || facts()[7]?.trim() !== 'ready') await delay(20);
  expect(facts()[3]).toBe(port);
  up.kill('SIGTERM');
  expect(await up.exited).toBe(0);
});

test('an app that keeps ending at its start stops everything, and its last output is shown', async () => {
  const up = runUp(folder(), { ...(await shared()), FAKE_FAULT: 'worker dies' });
  expect(await up.exited).toBe(1);
  expect(up.output()).toMatch(
    /slotline: worker ended 3 times before it was ready.*\n.*no way to work: so sad/,
  );
  expect(up.journal().filter((line) => line.startsWith('start worker'))).toHaveLength(3);
  expect(up.journal().some((line) => line.startsWith('sigterm api'))).toBe(true);
});

test('a busy port, an invalid setting and an unreachable named server are each reported', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const address = squatter.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const says = async (env: Record<string, string>) => {
    const up = runUp(folder(), { ...(await shared()), ...env });
    expect(await up.exited).toBe(1);
    expect(up.output()).not.toMatch(/^ +at /m);
    return up.output();
  };
  for (const setting of ['PORT', 'ADMIN_PORT']) {
    const said = await says({ [setting]: port });
    expect(said).toMatch(`Port ${port} on 127.0.0.1 is in use`);
    expect(said).toMatch(` with ${setting}=`);
  }
  expect(await says({ WORKERS: 'many' })).toMatch(/WORKERS: must be a whole number from 1 to 16/);
  await new Promise((resolve) => squatter.close(resolve));
  expect(await says({ REDIS_URL: `redis://127.0.0.1:${port}` })).toMatch(/REDIS_URL\) cannot be reached/);
  expect(await says({ DATABASE_URL: `postgres://u:secret@127.0.0.1:${port}/x` })).toMatch(
    /DATABASE_URL cannot be used/,
  );
});

test('a foreign data folder is reported and not changed', async () => {
  const dir = folder();
  mkdirSync(path.join(dir, 'data/postgres'), { recursive: true });
  writeFileSync(path.join(dir, 'data/postgres/letter.txt'), '');
  const up = runUp(dir);
  expect(await up.exited).toBe(1);
  expect(up.output()).toMatch(/not a PostgreSQL cluster. Move them away/);
});

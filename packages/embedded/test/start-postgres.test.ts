import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { findFreePort, isAlive, startPostgres } from '@slotline/embedded';
import { createServer } from 'node:net';
import { Client } from 'pg';
import { isRoot, makeScratch, removeScratches, startOwner } from './scratch.ts';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

afterAll(removeScratches);

const dir = () => path.join(makeScratch(), 'deep/postgres');

test('data survives a stop and a start', async () => {
  const o = { dir: dir(), durable: true };
  const first = await startPostgres(o);
  await query(first.url, 'create table kept (n int); insert into kept values (1)');
  await first.stop();
  const second = await startPostgres(o);
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await second.stop();
});

test('data survives a kill, and nothing of the killed server is left', async () => {
  const o = { dir: dir(), durable: true };
  const first = await startPostgres(o);
  await query(first.url, 'create table kept (n int); insert into kept values (1)');
  await first.kill();
  await first.exited;
  expect(isAlive(first.pid)).toBe(false);
  const second = await startPostgres(o);
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await second.kill();
});

test('a durable server fsyncs, a fast one does not, and a setting given wins', async () => {
  const show = async (durable: boolean, settings: Record<string, string>) => {
    const server = await startPostgres({ dir: dir(), durable, settings });
    const rows = await query(
      server.url,
      `select current_setting('fsync') f, current_setting('synchronous_commit') s,
      current_setting('full_page_writes') p, current_setting('max_connections') m`,
    );
    await server.stop();
    return rows[0];
  };
  expect(await show(true, {})).toEqual({ f: 'on', s: 'on', p: 'on', m: '100' });
  expect(await show(false, { max_connections: '20' })).toEqual({ f: 'off', s: 'off', p: 'off', m: '20' });
});

test('a server left behind by a killed process is replaced, with its data', async () => {
  const folder = dir();
  const owner = await startOwner('postgres', folder);
  await query(owner.server.url, 'create table kept (n int); insert into kept values (1)');
  await owner.tell('die');
  expect(isAlive(owner.server.pid)).toBe(true);
  const server = await startPostgres({ dir: folder, durable: true });
  expect(isAlive(owner.server.pid)).toBe(false);
  expect(await query(server.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await server.stop();
});

test('a folder in use by a living process is refused and its server left alone', async () => {
  const folder = dir();
  const owner = await startOwner('postgres', folder);
  await expect(startPostgres({ dir: folder, durable: true })).rejects.toThrow(/in use by process \d+/);
  expect(await query(owner.server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  await owner.tell('stop');
});

test('a stale postmaster.pid that names another living program does not stop the start', async () => {
  const o = { dir: dir(), durable: true };
  const first = await startPostgres(o);
  await first.kill();
  writeFileSync(path.join(first.dataDir, 'postmaster.pid'), `${process.pid}\n${first.dataDir}\n`);
  const second = await startPostgres(o);
  await second.stop();
});

test('a folder with foreign files or another major version is refused with advice', async () => {
  const foreign = makeScratch();
  writeFileSync(path.join(foreign, 'letter.txt'), '');
  await expect(startPostgres({ dir: foreign, durable: true })).rejects.toThrow(
    /not a PostgreSQL cluster. Move them away/,
  );
  rmSync(path.join(foreign, 'letter.txt'));
  writeFileSync(path.join(foreign, 'PG_VERSION'), '15\n');
  await expect(startPostgres({ dir: foreign, durable: true })).rejects.toThrow(/PostgreSQL 15 cluster/);
});

test('a busy port is reported by number, and the folder is released', async () => {
  const port = await findFreePort();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  const folder = dir();
  await expect(startPostgres({ dir: folder, durable: true, port })).rejects.toThrow(`Port ${port}`);
  await new Promise((resolve) => squatter.close(resolve));
  const server = await startPostgres({ dir: folder, durable: true, port });
  expect(server.port).toBe(port);
  await server.stop();
});

test('a setting that the server refuses is reported with the server’s message', async () => {
  const settings = { shared_buffers: 'plenty' };
  await expect(startPostgres({ dir: dir(), durable: false, settings })).rejects.toThrow(
    /shared_buffers.*plenty/,
  );
});

const testAsRoot = isRoot ? test : test.skip; // only root can become another user

testAsRoot('an ordinary user runs the server as itself', async () => {
  const uid = 1000;
  const folder = path.join(makeScratch({ mode: 0o700, owner: uid }), 'postgres');
  const owner = await startOwner('postgres', folder, uid);
  expect(statSync(folder).uid).toBe(uid);
  expect(statSync(`/proc/${owner.server.pid}`).uid).toBe(uid);
  await owner.tell('stop');
  const asRoot = await startPostgres({ dir: folder, durable: true });
  expect(statSync(`/proc/${asRoot.pid}`).uid).toBe(uid);
  await asRoot.stop();
});

testAsRoot('an unprivileged user gets an error that names the owner of another user’s folder', async () => {
  const folder = path.join(makeScratch(), 'postgres');
  mkdirSync(folder);
  await expect(startOwner('postgres', folder, 1000)).rejects.toThrow(/Start as the user it belongs to/);
});

testAsRoot(
  'root’s server under a folder only root may enter keeps its data elsewhere, behind a link',
  async () => {
    const folder = path.join(makeScratch({ mode: 0o700 }), 'postgres');
    const o = { dir: folder, durable: true };
    const first = await startPostgres(o);
    await query(first.url, 'create table kept ()');
    await first.stop();
    expect(lstatSync(folder).isSymbolicLink()).toBe(true);
    expect(readlinkSync(folder)).toBe(first.dataDir);
    const second = await startPostgres(o);
    expect(second.dataDir).toBe(first.dataDir);
    await query(second.url, 'select from kept');
    await second.stop();
    rmSync(second.dataDir, { recursive: true });
    expect(existsSync(folder)).toBe(false);
    await expect(startPostgres(o)).rejects.toThrow(/link to a folder that is gone/);
  },
);

import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type RunningServer } from '@slotline/testkit';
import pg from 'pg';

import { DatabaseError, migrateToLatest, openDatabase, pingDatabase, schemaState } from '../src/index.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Creates an empty database; the other tests use a template with the schema. */
async function createDatabase(name: string): Promise<string> {
  await query(server.url, `create database ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function stateOf(url: string) {
  const db = openDatabase({ url });
  try {
    return await schemaState(db);
  } finally {
    await db.close();
  }
}

test('concurrent callers apply each migration once, and the schema is then current', async () => {
  const url = await createDatabase('together');
  expect(await stateOf(url)).toBe('empty');
  const results = await Promise.all([1, 2, 3, 4, 5, 6].map(() => migrateToLatest(url)));
  expect(results.flatMap(({ applied }) => applied)[0]).toBe('0001_remember_decisions');
  expect(results.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  expect(await stateOf(url)).toBe('current');
});

test('applied migrations are reported', async () => {
  const url = await createDatabase('reported');
  const lines: string[] = [];
  await migrateToLatest(url, { report: (line) => lines.push(line) });
  await migrateToLatest(url, { report: (line) => lines.push(line) });
  expect(lines[0]).toBe('applied 0001_remember_decisions');
  expect(lines.at(-1)).toBe('nothing to apply: the schema is current');
});

test('a schema newer than this build is refused with the names of its migrations', async () => {
  const url = await createDatabase('newer');
  await migrateToLatest(url);
  await query(url, "insert into kysely_migration values ('9999_from_the_future', '2999-01-01')");
  expect(await stateOf(url)).toBe('ahead');
  await expect(migrateToLatest(url)).rejects.toThrow(/does not know \(9999_from_the_future\)/);
});

/** Creates a database to which an earlier build applied these migrations. */
async function createOldDatabase(name: string, migrations: readonly string[]): Promise<string> {
  const url = await createDatabase(name);
  await query(url, 'create table kysely_migration (name text primary key, timestamp text not null)');
  for (const migration of migrations) {
    await query(url, await readFile(new URL(`../migrations/${migration}.sql`, import.meta.url), 'utf8'));
    await query(url, `insert into kysely_migration values ('${migration}', '2026-01-01')`);
  }
  return url;
}

test('a schema that lacks migrations is `behind` until they are applied', async () => {
  const url = await createOldDatabase('behind', ['0001_remember_decisions']);
  expect(await stateOf(url)).toBe('behind');
  const { applied } = await migrateToLatest(url);
  expect(applied[0]).toBe('0002_holds_and_atomic_batches');
  expect(await stateOf(url)).toBe('current');
});

test('appointments booked before the exclusion constraint used boxes keep their slots', async () => {
  const url = await createOldDatabase('ranges', [
    '0001_remember_decisions',
    '0002_holds_and_atomic_batches',
    '0003_reading',
    '0004_webhooks',
    '0005_api_keys',
    '0006_quarantine',
  ]);
  const insert = (id: string, resourceKey: number, from: string, to: string) =>
    query(
      url,
      `insert into appointments values (1, '${id}', ${resourceKey}, '${from}', '${to}', '2030-01-01Z', '2030-01-01Z',
        'booked', 1, null, '2030-01-01Z')`,
    );
  await insert('old', 1, '2030-01-01T10:00Z', '2030-01-01T11:00Z');
  expect((await migrateToLatest(url)).applied).toContain('0007_exclusion_as_boxes');
  const exclusion = { code: '23P01' };
  await expect(insert('in', 1, '2030-01-01T10:59:59.999Z', '2030-01-01T12:00Z')).rejects.toMatchObject(
    exclusion,
  );
  await expect(insert('in', 1, '2030-01-01T09:00Z', '2030-01-01T10:00:00.001Z')).rejects.toMatchObject(
    exclusion,
  );
  await insert('before', 1, '2030-01-01T09:00Z', '2030-01-01T10:00Z');
  await insert('after', 1, '2030-01-01T11:00Z', '2030-01-01T12:00Z');
  await insert('beside', 2, '2030-01-01T10:00Z', '2030-01-01T11:00Z');
});

test('a database with an empty table of migrations is `empty`', async () => {
  const url = await createDatabase('none');
  await query(url, 'create table kysely_migration (name text)');
  expect(await stateOf(url)).toBe('empty');
});

test('a failed migration leaves the database unchanged', async () => {
  const url = await createDatabase('failing');
  await query(url, 'create table outbox ()');
  await expect(migrateToLatest(url)).rejects.toThrow(/changed nothing \(relation "outbox" already exists\)/);
  expect(await stateOf(url)).toBe('empty');
});

test('an unreachable server is reported as unreachable', async () => {
  const away = 'postgres://postgres@127.0.0.1:1/none';
  await expect(migrateToLatest(away)).rejects.toThrow(/cannot reach PostgreSQL/);
  await expect(migrateToLatest(away)).rejects.toThrow(DatabaseError);
  const db = openDatabase({ url: away });
  await expect(pingDatabase(db)).rejects.toMatchObject({ meaning: 'unavailable' });
  await db.close();
  await db.close();
});

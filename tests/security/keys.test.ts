// The life cycle of a key over HTTP: on two services with one database, and during an outage of PostgreSQL.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey } from '@slotline/contract';
import { findKeys, openDatabase, revokeKey, type Database } from '@slotline/db';
import {
  createTestDatabase,
  makeKey,
  makeTestFolder,
  prepareDatabase,
  startPostgres,
  startSystem,
  type RunningServer,
  type System,
  type TestDatabase,
} from '@slotline/testkit';
import pg from 'pg';
import { BOOKING } from '../system/a-booking.ts';
import { openEvents } from '../system/event-reader.ts';

const AUTH = { AUTH: 'keys' };
const READ = { orgId: 'acme', scopes: ['read'] } as const;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly type?: string; readonly detail?: string };
}

async function ask(system: System, key: string | undefined, path = '/api/appointments'): Promise<Answer> {
  const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const answer = await fetch(system.url + path, { headers });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] };
}

async function book(system: System, key: string, id: string): Promise<number> {
  const answer = await fetch(`${system.url}/api/appointments`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...BOOKING, id }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Repeats the request until it has that status; limited by Jest's timeout. */
async function untilStatus(system: System, key: string, status: number): Promise<void> {
  while ((await ask(system, key)).status !== status) await new Promise((resolve) => setImmediate(resolve));
}

const keyIdOf = (key: string) => key.split('_')[1] ?? '';

describe('on two services with one database', () => {
  let database: TestDatabase;
  let db: Database;
  let systems: System[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolMax: 2 });
    const start = (workers: number) => startSystem({ databaseUrl: database.url, environment: AUTH, workers });
    systems = await Promise.all([start(1), start(0)]);
  });
  afterAll(async () => {
    await Promise.all([...systems.map((system) => system.close()), db.close()]);
    await database.drop();
  });
  const statuses = (key: string | undefined) =>
    Promise.all(systems.map(async (system) => (await ask(system, key)).status));

  it('a new key is valid on every service at once', async () => {
    const key = await makeKey({ databaseUrl: database.url }, READ);
    expect(await statuses(key)).toEqual([200, 200]);
  });

  it('a key that was refused before its creation becomes valid on every service without a restart', async () => {
    const { keyId, secretHash, text } = newApiKey();
    expect(await statuses(text)).toEqual([401, 401]);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `with change as (update api_key_changes set change_number = change_number + 1 returning change_number)
       insert into api_keys (key_id, secret_hash, org_id, name, scopes, created_at, change_number)
       select $1, $2, 'acme', '', '{read}', now(), change_number from change`,
      [keyId, secretHash],
    );
    await client.end();
    await Promise.all(systems.map((system) => untilStatus(system, text, 200)));
  });

  it('a revoked key becomes invalid on every service, and every stream opened with it ends', async () => {
    const [key, other] = [
      await makeKey({ databaseUrl: database.url }, READ),
      await makeKey({ databaseUrl: database.url }, READ),
    ];
    const streams = await Promise.all(
      systems.map((system) => openEvents(`${system.url}/api/changes/stream`, { key })),
    );
    const stays = await openEvents(`${systems[0]?.url}/api/changes/stream`, { key: other });
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    await revokeKey(db, keyIdOf(key));
    await Promise.all(systems.map((system) => untilStatus(system, key, 401)));
    for (const stream of streams) while ((await stream.next()) !== undefined);
    expect(await statuses(other)).toEqual([200, 200]);
    const ended = stays.next().then(() => 'ended');
    expect(await Promise.race([ended, ask(systems[0] as System, other)])).toMatchObject({ status: 200 });
    stays.close();
    await ended.catch(() => undefined);
  });

  it('a key is refused after it expires', async () => {
    const key = await makeKey(
      { databaseUrl: database.url },
      { ...READ, expiresAt: new Date(Date.now() + 1_500) },
    );
    expect(await statuses(key)).toEqual([200, 200]);
    await Promise.all(systems.map((system) => untilStatus(system, key, 401)));
  });

  it('missing, malformed, unknown, wrong, revoked and expired keys get one answer, except for `instance`', async () => {
    const system = systems[0] as System;
    const good = await makeKey(system, READ);
    const revoked = await makeKey(system, READ);
    await revokeKey(db, keyIdOf(revoked));
    const expired = await makeKey(system, { ...READ, expiresAt: new Date(1) });
    const wrong = `${good.slice(0, 21)}${newApiKey().text.slice(21)}`;
    const asked = [undefined, 'abc', newApiKey().text, wrong, revoked, expired, `${good}x`];
    const answers = await Promise.all(asked.map((key) => ask(system, key)));
    const shown = answers.map(({ status, headers, body }) =>
      JSON.stringify([status, headers.get('www-authenticate'), { ...body, instance: '' }]),
    );
    expect(new Set(shown).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, body: { type: 'urn:slotline:problem:unauthenticated' } });
    expect(answers[0]?.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('the last use of a key is stored on a clean stop, and a refused secret stores none', async () => {
    const system = await startSystem({ databaseUrl: database.url, environment: AUTH, workers: 0 });
    const [used, refused] = [await makeKey(system, READ), await makeKey(system, READ)];
    const before = Date.now();
    await ask(system, used);
    await ask(system, `${refused.slice(0, -1)}${refused.endsWith('a') ? 'b' : 'a'}`);
    await system.close();
    const found = await findKeys(db, [keyIdOf(used), keyIdOf(refused)]);
    const lastUses = new Map(found.map(({ keyId, lastUsedAt }) => [keyId, lastUsedAt]));
    expect(lastUses.get(keyIdOf(used))).toBeGreaterThanOrEqual(before);
    expect(lastUses.get(keyIdOf(refused))).toBeNull();
  });

  it('no secret is anywhere in the database', async () => {
    const system = systems[0] as System;
    const keys = await Promise.all(
      [0, 1, 2].map(() => makeKey(system, { orgId: 'acme', scopes: ['write'] })),
    );
    for (const [at, key] of keys.entries()) expect(await book(system, key, `dump-${at}`)).toBe(202);
    const dump = await dumpAll(database.url);
    for (const key of keys) {
      expect(dump).toContain(keyIdOf(key));
      expect(dump).not.toContain(key.slice(21, 41));
      expect(dump).not.toContain(Buffer.from(key.slice(21)).toString('hex').slice(0, 40));
    }
  });
});

/** Every row of every table, as text. */
async function dumpAll(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    "select quote_ident(relname) as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  const dump: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query<{ line: string }>(`select t::text as line from ${name} t`);
    dump.push(...rows.map(({ line }) => line));
  }
  await client.end();
  return dump.join('\n');
}

describe('during an outage of PostgreSQL', () => {
  const dir = makeTestFolder('postgres');
  let server: RunningServer;
  let system: System;
  beforeAll(async () => {
    server = await startPostgres({ dir });
    await prepareDatabase(server.url);
    system = await startSystem({ databaseUrl: server.url, environment: AUTH, workers: 0 });
  });
  afterAll(async () => {
    await system.close();
    await server.stop();
  });

  it('cached keys still book, uncached keys are answered 503, and changes of keys apply after the outage', async () => {
    const facts = { orgId: 'acme', scopes: ['read', 'write'] } as const;
    const [known, unknown] = [await makeKey(system, facts), await makeKey(system, facts)];
    expect(await book(system, known, 'before')).toBe(202);
    await server.stop();
    expect(await book(system, known, 'while')).toBe(202);
    const refused = await ask(system, unknown);
    expect(refused).toMatchObject({ status: 503, body: { type: 'urn:slotline:problem:unavailable' } });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect((await ask(system, `${known.slice(0, -1)}~`)).status).toBe(401);
    server = await startPostgres({ dir, port: server.port });
    await untilStatus(system, unknown, 200);
    const db = openDatabase({ url: server.url, poolMax: 1 });
    await revokeKey(db, keyIdOf(known));
    await db.close();
    await untilStatus(system, known, 401);
  });
});

it('a secret is compared in constant time, and by nothing else', async () => {
  const folder = new URL('../../apps/api/src/access/', import.meta.url);
  const compared = await readFile(new URL('known-key.ts', folder), 'utf8');
  expect(compared).toMatch(/timingSafeEqual\(key\?\.record\.secretHash \?\? NOBODYS_HASH, secretHash\)/);
  for (const file of ['authenticate-by-key.ts', 'key-ring.ts', 'key-lookups.ts', 'follow-key-changes.ts']) {
    expect(await readFile(new URL(file, folder), 'utf8')).not.toMatch(/secretHash/);
  }
});

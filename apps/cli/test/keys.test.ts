// `slotline keys` as a separate process, on a real database.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseApiKey } from '@slotline/contract';
import { findKeys, migrateToLatest, openDatabase } from '@slotline/db';
import { startPostgres } from '@slotline/embedded';
import {
  createTestDatabase,
  makeKey,
  makeTestFolder,
  startSystem,
  type System,
  type TestDatabase,
} from '@slotline/testkit';
import { readNewKey, type CreateOptions } from '../src/keys/key-options.ts';
import { startImport } from './import-run.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const KEY = /slk_[\da-z]{16}_[\da-zA-Z]{43}/;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function keys(args: string[], env: Record<string, string> = { DATABASE_URL: database.url }) {
  const run = spawnSync(process.execPath, ['--conditions=source', MAIN, 'keys', ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('a key is created, shown once with instructions, listed without its secret, and revoked', async () => {
  const made = keys([
    'create',
    '--org',
    'acme',
    '--scopes',
    'read, write',
    '--name',
    'desk',
    '--expires',
    '90d',
  ]);
  expect(made).toMatchObject({ code: 0, err: '' });
  const text = KEY.exec(made.out)?.[0] ?? '';
  const { keyId, secretHash } = parseApiKey(text) ?? { keyId: '' };
  expect(made.out).toMatch(/never shown again/);
  expect(made.out).toContain(`slotline keys revoke ${keyId}`);
  const db = openDatabase({ url: database.url });
  const [stored] = await findKeys(db, [keyId]);
  expect(stored).toMatchObject({ orgId: 'acme', scopes: ['read', 'write'], name: 'desk', secretHash });
  expect(stored?.expiresAt).toBeGreaterThan(Date.now() + 89 * 86_400_000);

  expect(keys(['list']).out).toMatch(new RegExp(`^${keyId}  acme  read,write  in force `, 'm'));
  expect(keys(['list', '--org', 'other']).out).toMatch(/There is no key/);
  expect(keys(['list', '--json']).out).not.toContain(text.slice(21));
  expect(keys(['revoke', keyId]).out).toMatch(/is revoked/);
  expect(keys(['revoke', text])).toMatchObject({ code: 0 });
  expect(JSON.parse(keys(['list', '--json']).out)).toMatchObject([
    { keyId, orgId: 'acme', revokedAt: expect.any(String) },
  ]);
  expect((await findKeys(db, [keyId]))[0]?.revokedAt).not.toBeNull();
  await db.close();
});

test('an operator’s key needs no scopes, and JSON is one object with the key in it', () => {
  const { out } = keys(['create', '--operator', '--json']);
  const made = JSON.parse(out) as Record<string, unknown>;
  expect(made).toMatchObject({ scopes: ['admin'], key: expect.stringMatching(KEY) });
  expect(made).not.toHaveProperty('orgId');
});

test('an unknown key is reported', () => {
  expect(keys(['revoke', 'nothing'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no key with that id/),
  });
  expect(keys(['revoke', 'zzzzzzzzzzzzzzzz'])).toMatchObject({ code: 1 });
});

test('without DATABASE_URL the keys are those of the up that runs on the data folder', async () => {
  const dataDir = makeTestFolder('keys-up');
  const env = { DATA_DIR: dataDir };
  expect(keys(['list'], env).err).toMatch(/DATABASE_URL is unset, and no `slotline up` runs on /);
  const dir = path.join(dataDir, 'postgres');
  const server = await startPostgres({ dir, durable: false });
  expect(keys(['list'], env).err).toMatch(/lacks migrations. Run `slotline migrate`/);
  await migrateToLatest(server.url);
  expect(keys(['create', '--operator'], env)).toMatchObject({ code: 0, out: expect.stringMatching(KEY) });
  expect(keys(['list'], env).out).toMatch(/\(operator\)/);
  await server.stop();
  expect(keys(['list'], env).err).toMatch(/no `slotline up` runs on /);
});

const NOW = Date.parse('2030-01-01T00:00:00Z');

test.each<[string, CreateOptions, string | undefined]>([
  ['days', { org: 'a', scopes: 'read', expires: '2d' }, '2030-01-03T00:00:00.000Z'],
  ['a date', { org: 'a', scopes: 'read', expires: '2031-12-31' }, '2031-12-31T00:00:00.000Z'],
  ['a time', { org: 'a', scopes: 'read', expires: '2031-12-31T10:00:00+02:00' }, '2031-12-31T08:00:00.000Z'],
  ['no end', { org: 'a', scopes: 'read' }, undefined],
])('a key may have %s', (_, options, expected) => {
  const { expiresAt } = readNewKey(options, NOW);
  expect(expiresAt === undefined ? undefined : new Date(expiresAt).toISOString()).toBe(expected);
});

test.each<[string, CreateOptions, RegExp]>([
  ['no owner', { scopes: 'read' }, /either --org ORG or --operator/],
  ['two owners', { org: 'a', operator: true }, /either --org ORG or --operator/],
  ['an operator’s scopes', { operator: true, scopes: 'read' }, /leave --scopes out/],
  ['no scopes', { org: 'a' }, /Give --scopes/],
  ['an unknown scope', { org: 'a', scopes: 'root' }, /--scopes: Must be one of/],
  ['an operator’s scope for an org', { org: 'a', scopes: 'admin' }, /--scopes: /],
  ['an org that cannot be', { org: '', scopes: 'read' }, /--org: /],
  ['an end in the past', { org: 'a', scopes: 'read', expires: '2029-12-31' }, /in the past/],
  ['no end that is one', { org: 'a', scopes: 'read', expires: 'soon' }, /Give days, as in 90d/],
])('a key with %s is refused with a sentence', (_, options, sentence) => {
  expect(() => readNewKey(options, NOW)).toThrow(sentence);
});

const LINE = JSON.stringify({
  ...{ id: 'a', orgId: 'acme', start: '2030-01-01 10:00', end: '2030-01-01 10:30' },
  ...{ createdAt: '2029-01-01 10:00', updatedAt: '2029-01-01 10:00' },
});

test('import sends the key from the environment, and says what to do when it is refused', async () => {
  const system: System = await startSystem({ environment: { AUTH: 'keys' } });
  const argv = ['-', '--format', 'ndjson', '--url', system.url, '--json'];
  const run = (env: Record<string, string>) => startImport(argv, { stdin: LINE, env }).done;
  const writer = await makeKey(system, { orgId: 'acme', scopes: ['write'] });
  const reader = await makeKey(system, { orgId: 'acme', scopes: ['read'] });
  expect((await run({})).report.ending).toMatchObject({
    reason: expect.stringMatching(/401.*Set SLOTLINE_KEY/),
  });
  const refused = await run({ SLOTLINE_KEY: reader });
  expect(refused.report.ending).toMatchObject({ reason: expect.stringMatching(/403.*scope write/) });
  expect(refused.stdout + refused.stderr).not.toContain(reader.slice(21));
  expect(await run({ SLOTLINE_KEY: writer })).toMatchObject({ exitCode: 0 });
  await system.close();
});

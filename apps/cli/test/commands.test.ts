import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { findFreePort } from '@slotline/embedded';
import { createTestDatabase } from '@slotline/testkit';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function slotline(args: string[], env: Record<string, string> = {}) {
  const { PATH } = process.env;
  const run = spawnSync(process.execPath, ['--conditions=source', MAIN, ...args], {
    env: { ...(PATH !== undefined && { PATH }), ...env },
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('help names every command, and each command’s help has examples', () => {
  const { code, out } = slotline(['--help']);
  expect(code).toBe(0);
  for (const command of ['up', 'migrate', 'migration', 'keys', 'orgs', 'quarantine']) {
    expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(slotline(['help', command]).out).toMatch(/Examples:\n {2}\S/);
  }
});

test('migrate without a database says how to name one', () => {
  const { code, err } = slotline(['migrate']);
  expect(code).toBe(1);
  expect(err).toMatch(/^slotline: DATABASE_URL is unset.*Set it to a postgres:\/\/ URL/);
});

test('migrate on an unreachable database prints one sentence without credentials or a stack', async () => {
  const url = `postgres://someone:hunter2@127.0.0.1:${await findFreePort()}/x`;
  const { code, err } = slotline(['migrate'], { DATABASE_URL: url });
  expect(code).toBe(1);
  expect(err).toMatch(/cannot reach PostgreSQL/);
  expect(err).not.toMatch(/hunter2|^ +at /m);
});

test('migrate as the owner gives the role of DATABASE_URL the rights that the apps need, and may be repeated', async () => {
  const { url, drop } = await createTestDatabase();
  const role = new URL(url);
  role.username = 'migrated_app';
  role.password = 'secret-of-app';
  const env = { DATABASE_URL: role.href, DATABASE_OWNER_URL: url };
  for (const _ of [1, 2]) {
    expect(slotline(['migrate'], env)).toEqual({
      code: 0,
      out: 'nothing to apply: the schema is current\nthe role migrated_app may use the tables and not change the schema\n',
      err: '',
    });
  }
  expect(slotline(['keys', 'list'], { DATABASE_URL: role.href })).toMatchObject({ code: 0, err: '' });
  await drop();
});

test('migrate with one role as the owner and the application says to name two', async () => {
  const { url, drop } = await createTestDatabase();
  const other = new URL(url);
  other.searchParams.set('sslmode', 'disable');
  const { code, err } = slotline(['migrate'], { DATABASE_URL: other.href, DATABASE_OWNER_URL: url });
  expect([code, err]).toEqual([1, expect.stringMatching(/is the owner.*Name another role in DATABASE_URL/)]);
  expect(err).not.toContain(new URL(url).password);
  await drop();
});

test('migrate on a current database changes nothing', async () => {
  const { url, drop } = await createTestDatabase();
  expect(slotline(['migrate'], { DATABASE_URL: url })).toEqual({
    code: 0,
    out: 'nothing to apply: the schema is current\n',
    err: '',
  });
  await drop();
});

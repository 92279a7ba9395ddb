// Keys against a real PostgreSQL, with test clocks and a controlled connection.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { newApiKey } from '@slotline/contract';
import { createKey, findKeys, openDatabase, revokeKey, type Database } from '@slotline/db';
import { createLogger } from '@slotline/runtime';
import {
  createTestDatabase,
  makeKey,
  openCuttingProxy,
  type CuttingProxy,
  type KeyOptions,
  type TestDatabase,
} from '@slotline/testkit';
import type { Access } from '../src/access/access.ts';
import { ABSENT_TRUSTED_MS, type KeyTimes } from '../src/access/key-limits.ts';
import { openKeyAccess, openKeysDatabase } from '../src/access/open-key-access.ts';
import type { Principal } from '../src/access/principal.ts';

const STALE_MAX_MS = 900_000;
const OF_ACME: KeyOptions = { orgId: 'acme', scopes: ['read'] };

let database: TestDatabase;
let db: Database;
let proxy: CuttingProxy;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, poolMax: 2 });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const opened: Access[] = [];
/** `laterMs` is added to both clocks, `calendarLaterMs` to the calendar only. */
let laterMs = 0;
let calendarLaterMs = 0;
beforeEach(async () => {
  proxy = await openCuttingProxy(database.applicationUrl);
  laterMs = 0;
  calendarLaterMs = 0;
});
afterEach(async () => {
  proxy.heal();
  await Promise.all(opened.splice(0).map((access) => access.close()));
  await proxy.close();
});

async function open(times: Partial<KeyTimes> = {}): Promise<Access> {
  const access = await openKeyAccess({
    ...{ db: openKeysDatabase(proxy.url), staleMaxMs: STALE_MAX_MS },
    logger: createLogger({ app: 'test', level: 'silent' }),
    times: {
      pollMs: 5,
      now: () => Date.now() + laterMs + calendarLaterMs,
      monotonicNow: () => performance.now() + laterMs,
      ...times,
    },
  });
  opened.push(access);
  return access;
}

function make(options: Partial<KeyOptions> = {}): Promise<string> {
  return makeKey({ databaseUrl: database.url }, { ...OF_ACME, ...options });
}

function keyIdOf(text: string): string {
  return text.split('_')[1] ?? '';
}

/** The principal, or the code of the refusal. */
async function ask(access: Access, key: string): Promise<Principal | string> {
  try {
    return await access.authenticate(`Bearer ${key}`);
  } catch (error) {
    const isRetryable = error instanceof Error && 'meaning' in error;
    return isRetryable ? 'unavailable' : (error as { code: string }).code;
  }
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 2_000) throw new Error('the condition never became true');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const untilAnswer = (access: Access, key: string, answer: string) =>
  until(async () => (await ask(access, key)) === answer);

const byAcme = (key: string) => ({
  ...{ kind: 'org', keyId: keyIdOf(key), orgId: 'acme' },
  scopes: new Set(['read']),
});

it('a key is looked up once and then judged synchronously', async () => {
  const access = await open();
  const key = await make();
  const first = access.authenticate(`Bearer ${key}`);
  expect(await first).toEqual(byAcme(key));
  expect(access.authenticate(`Bearer ${key}`)).toEqual(byAcme(key));
});

it('an unknown id, a wrong secret and a malformed key get the same refusal', async () => {
  const access = await open();
  const key = await make();
  const wrongSecret = `${key.slice(0, 21)}${newApiKey().text.slice(21)}`;
  const credentials = [undefined, '', 'Bearer', 'Basic abc', 'Bearer abc', `Bearer ${newApiKey().text}`];
  const refusals = await Promise.all(
    [...credentials, `Bearer ${wrongSecret}`, `Bearer ${key}x`].map(async (authorization) => {
      try {
        return await access.authenticate(authorization);
      } catch (error) {
        return error as { code: string; options: unknown };
      }
    }),
  );
  expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
  expect(refusals[0]).toMatchObject({
    code: 'unauthenticated',
    options: { headers: { 'WWW-Authenticate': 'Bearer' } },
  });
});

it('a key revoked at another process ends here, together with its watches', async () => {
  const access = await open();
  const [key, other] = [await make(), await make()];
  const ended: string[] = [];
  for (const text of [key, other]) {
    const principal = (await ask(access, text)) as Principal;
    access.watch(principal, () => ended.push(text));
    access.watch(principal, () => ended.push('unwatched'))();
  }
  await revokeKey(db, keyIdOf(key));
  await untilAnswer(access, key, 'unauthenticated');
  expect(ended).toEqual([key]);
  expect(await ask(access, other)).toEqual(byAcme(other));
});

it('a watch on a key that has ended calls back, but not during the call', async () => {
  const access = await open();
  const key = await make();
  const principal = (await ask(access, key)) as Principal;
  await revokeKey(db, keyIdOf(key));
  await untilAnswer(access, key, 'unauthenticated');
  let isEnded = false;
  access.watch(principal, () => (isEnded = true));
  expect(isEnded).toBe(false);
  await until(() => isEnded);
});

it('a key created after a look-up of its id works', async () => {
  const access = await open();
  const { keyId, secretHash, text } = newApiKey();
  expect(await ask(access, text)).toBe('unauthenticated');
  // Synchronous from now on: the id is known not to exist.
  expect(() => access.authenticate(`Bearer ${text}`)).toThrow('valid');
  await createKey(db, { keyId, secretHash, orgId: 'acme', name: '', scopes: ['read'], expiresAt: null });
  await until(async () => (await ask(access, text)) !== 'unauthenticated');
  expect(await ask(access, text)).toEqual(byAcme(text));
});

it('a key ends when it expires, together with its watches', async () => {
  const access = await open();
  const key = await make({ expiresAt: new Date(Date.now() + 3_600_000) });
  let isEnded = false;
  access.watch((await ask(access, key)) as Principal, () => (isEnded = true));
  calendarLaterMs = 3_500_000;
  await ask(access, newApiKey().text);
  expect(isEnded).toBe(false);
  calendarLaterMs = 3_600_000;
  expect(await ask(access, key)).toBe('unauthenticated');
  await until(() => isEnded);
});

it('while PostgreSQL is unreachable known keys work and unknown ones get 503, until it is back', async () => {
  // Created before: a key created while the process polls for changes becomes known without a look-up.
  const [known, unknown] = [await make(), await make()];
  const access = await open();
  const madeUp = newApiKey().text;
  expect(await ask(access, madeUp)).toBe('unauthenticated');
  await ask(access, known);
  proxy.refuse();
  expect(await ask(access, known)).toEqual(byAcme(known));
  expect(await ask(access, unknown)).toBe('unavailable');
  // After a while a cached absence of a key is no longer trusted.
  laterMs = ABSENT_TRUSTED_MS + 1;
  expect(await ask(access, madeUp)).toBe('unavailable');
  await revokeKey(db, keyIdOf(known));
  proxy.heal();
  await untilAnswer(access, known, 'unauthenticated');
  expect(await ask(access, unknown)).toEqual(byAcme(unknown));
});

it('a PostgreSQL that does not answer counts as unreachable', async () => {
  const [known, unknown] = [await make(), await make()];
  const access = await open();
  await ask(access, known);
  proxy.swallow();
  expect(await ask(access, unknown)).toBe('unavailable');
  expect(await ask(access, known)).toEqual(byAcme(known));
});

it('known keys are trusted for a limited time', async () => {
  const access = await open();
  const key = await make();
  let isEnded = false;
  access.watch((await ask(access, key)) as Principal, () => (isEnded = true));
  proxy.refuse();
  laterMs = STALE_MAX_MS - 60_000;
  expect(await ask(access, key)).toEqual(byAcme(key));
  expect(isEnded).toBe(false);
  laterMs = STALE_MAX_MS + 60_000;
  expect(await ask(access, key)).toBe('unavailable');
  await until(() => isEnded);
  proxy.heal();
  await until(async () => (await ask(access, key)) !== 'unavailable');
  expect(await ask(access, key)).toEqual(byAcme(key));
});

it('access opens even when PostgreSQL is unreachable at startup', async () => {
  proxy.refuse();
  const access = await open();
  const key = await make();
  expect(await ask(access, key)).toBe('unavailable');
  proxy.heal();
  await until(async () => (await ask(access, key)) !== 'unavailable');
  expect(await ask(access, key)).toEqual(byAcme(key));
});

it('keys lost by a server that was restored to an older state are dropped here', async () => {
  const access = await open();
  const [kept, lost] = [await make(), await make()];
  let isEnded = false;
  for (const key of [kept, lost]) {
    access.watch((await ask(access, key)) as Principal, () => (isEnded = true));
  }
  // Both in one message, and so in one transaction.
  await db.pool.query(`
    delete from api_keys where key_id = '${keyIdOf(lost)}';
    update api_key_changes set change_number = change_number - 1`);
  await untilAnswer(access, lost, 'unauthenticated');
  expect(isEnded).toBe(true);
  expect(await ask(access, kept)).toEqual(byAcme(kept));
});

it('last uses are written periodically and at shutdown', async () => {
  const access = await open({ usesFlushMs: 5 });
  const [key, refused] = [await make(), await make({ expiresAt: new Date(1) })];
  const lastUse = async (text: string) => (await findKeys(db, [keyIdOf(text)]))[0]?.lastUsedAt;
  const before = Date.now();
  await ask(access, refused);
  await ask(access, key);
  await until(async () => (await lastUse(key)) !== null);
  expect(await lastUse(key)).toBeGreaterThanOrEqual(before);
  const slow = await open({ usesFlushMs: 3_600_000 });
  laterMs = 7_200_000;
  await ask(slow, key);
  await slow.close();
  expect(await lastUse(key)).toBeGreaterThanOrEqual(before + laterMs);
  expect(await lastUse(refused)).toBeNull();
});

it('uses that cannot be written are kept for the next flush', async () => {
  const access = await open({ usesFlushMs: 5 });
  const key = await make();
  await ask(access, key);
  proxy.refuse();
  laterMs = 60_000;
  const usedAt = Date.now() + laterMs;
  await ask(access, key);
  proxy.heal();
  await until(async () => ((await findKeys(db, [keyIdOf(key)]))[0]?.lastUsedAt ?? 0) >= usedAt);
});

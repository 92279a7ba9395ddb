import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';

import {
  createKey,
  findKeys,
  KEYS_FOUND_MAX,
  listKeyChanges,
  listKeys,
  markKeysUsed,
  revokeKey,
  type KeyRecord,
  type NewKeyRecord,
} from '../src/index.ts';
import {
  CREATE_KEY,
  FIND_KEY,
  FIND_KEYS,
  LIST_KEY_CHANGES,
  LIST_KEYS,
  LIST_ORG_KEYS,
  REVOKE_KEY,
} from '../src/api-keys.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());
beforeEach(() => it.raw.query('truncate api_keys'));

let keysMade = 0;

function nextKeyId(): string {
  keysMade += 1;
  return String(keysMade).padStart(16, '0');
}

function make(changes: Partial<NewKeyRecord> = {}): Promise<KeyRecord> {
  const facts = { orgId: 'acme', name: 'made by a test', scopes: ['read'], expiresAt: null };
  return createKey(it.db, { keyId: nextKeyId(), secretHash: randomBytes(32), ...facts, ...changes });
}

async function lastNumber(): Promise<number> {
  return (await listKeyChanges(it.db, { after: 0 })).lastNumber;
}

test('a created key is read back unchanged, and only `findKeys` returns the hash of its secret', async () => {
  const expiresAt = Date.parse('2031-02-03T04:05:06.789Z') as Instant;
  const secretHash = randomBytes(32);
  const made = await make({ scopes: ['write', 'webhooks'], expiresAt, secretHash });
  expect(made).toMatchObject({ orgId: 'acme', scopes: ['write', 'webhooks'], expiresAt });
  expect(made).toMatchObject({ revokedAt: null, lastUsedAt: null, name: 'made by a test' });
  expect(made).not.toHaveProperty('secretHash');
  expect((await listKeys(it.db, { limit: 10 })).keys).toEqual([made]);
  const [stored] = await findKeys(it.db, [made.keyId, 'zzzzzzzzzzzzzzzz']);
  expect(stored).toEqual({ ...made, secretHash, changeNumber: await lastNumber() });
});

test('a revocation is one change, changes only `revokedAt`, and is idempotent', async () => {
  const made = await make();
  const before = await lastNumber();
  const revoked = await revokeKey(it.db, made.keyId);
  expect(revoked).toEqual({ ...made, revokedAt: expect.any(Number) });
  expect(await lastNumber()).toBe(before + 1);
  expect(await revokeKey(it.db, made.keyId)).toEqual(revoked);
  expect(await lastNumber()).toBe(before + 1);
  expect(await revokeKey(it.db, 'zzzzzzzzzzzzzzzz')).toBeUndefined();
  expect(await lastNumber()).toBe(before + 1);
});

test('concurrent revocations of one key are one change', async () => {
  const { keyId } = await make();
  const before = await lastNumber();
  const revoked = await Promise.all([1, 2, 3, 4, 5, 6].map(() => revokeKey(it.db, keyId)));
  expect(new Set(revoked.map((key) => key?.revokedAt)).size).toBe(1);
  expect(await lastNumber()).toBe(before + 1);
});

test('a reader of changes misses none while keys are created and revoked concurrently', async () => {
  const seen: string[] = [];
  let after = await lastNumber();
  let isOver = false;
  const watch = async () => {
    for (;;) {
      const isLast = isOver;
      const { keys, lastNumber } = await listKeyChanges(it.db, { after });
      seen.push(...keys.map(({ keyId }) => keyId));
      after = lastNumber;
      if (isLast) return;
    }
  };
  const watching = watch();
  const made = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const { keyId } = await make();
      await revokeKey(it.db, keyId);
      return keyId;
    }),
  );
  isOver = true;
  await watching;
  expect(new Set(seen)).toEqual(new Set(made));
});

test('a change is invisible until every lower number is committed', async () => {
  const other = await it.connect();
  await other.query('begin');
  await other.query('update api_key_changes set change_number = change_number + 1');
  const before = await lastNumber();
  const making = make();
  await waitUntilBlocked();
  expect(await lastNumber()).toBe(before);
  await other.query('commit');
  await making;
  expect(await lastNumber()).toBe(before + 2);
});

async function waitUntilBlocked(): Promise<void> {
  for (;;) {
    const text =
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    if ((await it.rows(text)).length > 0) return;
  }
}

test('changes are listed in pages, oldest first, and the use of a key is not a change', async () => {
  const after = await lastNumber();
  const made: string[] = [];
  for (let count = 0; count < KEYS_FOUND_MAX + 1; count++) made.push((await make()).keyId);
  await markKeysUsed(it.db, [{ keyId: made[0] ?? '', usedAt: 5_000 as Instant }]);
  const first = await listKeyChanges(it.db, { after });
  expect(first.keys.map(({ keyId }) => keyId)).toEqual(made.slice(0, KEYS_FOUND_MAX));
  const second = await listKeyChanges(it.db, { after: first.keys.at(-1)?.changeNumber ?? 0 });
  expect(second.keys.map(({ keyId }) => keyId)).toEqual(made.slice(KEYS_FOUND_MAX));
  expect(await listKeyChanges(it.db, { after: second.lastNumber })).toEqual({
    keys: [],
    lastNumber: second.lastNumber,
  });
  await expect(findKeys(it.db, [...made])).rejects.toThrow(RangeError);
});

test('the time of the last use never goes back, and unknown ids are ignored', async () => {
  const { keyId } = await make();
  const use = (at: number) => markKeysUsed(it.db, [{ keyId, usedAt: at as Instant }, unknown]);
  const unknown = { keyId: 'zzzzzzzzzzzzzzzz', usedAt: 1 as Instant };
  await use(2_000_000);
  await use(1_000_000);
  expect((await findKeys(it.db, [keyId]))[0]?.lastUsedAt).toBe(2_000_000);
  await markKeysUsed(it.db, []);
});

test('concurrent calls that mark the same keys as used do not deadlock', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => make()));
  const tell = (usedAt: number) =>
    markKeysUsed(
      it.db,
      made.map(({ keyId }) => ({ keyId, usedAt: usedAt as Instant })).sort(() => (usedAt % 2) - 0.5),
    );
  await Promise.all(Array.from({ length: 30 }, (_, at) => tell(1_000 + at)));
  const [last] = await findKeys(it.db, [made[7]?.keyId ?? '']);
  expect(last?.lastUsedAt).toBe(1_029);
});

test('keys are listed newest first, in pages, of all orgs or of one', async () => {
  const acme: string[] = [];
  for (let count = 0; count < 5; count++) {
    acme.unshift((await make()).keyId);
    await make({ orgId: `acme-${count}` });
  }
  const operator = await make({ orgId: null, scopes: ['admin'] });
  expect(await collect({ limit: 2, orgId: 'acme' })).toEqual(acme);
  const all = await collect({ limit: 3 });
  expect(all).toHaveLength(11);
  expect(all[0]).toBe(operator.keyId);
  expect((await listKeys(it.db, { limit: 5, orgId: 'nobody' })).keys).toEqual([]);
  await expect(listKeys(it.db, { limit: 5, after: '12-short' })).rejects.toThrow(RangeError);
});

async function collect(query: { limit: number; orgId?: string }): Promise<string[]> {
  const keyIds: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await listKeys(it.db, { ...query, after });
    keyIds.push(...page.keys.map(({ keyId }) => keyId));
    after = page.next;
    if (after === undefined) return keyIds;
  }
}

test.each<[string, Partial<NewKeyRecord>]>([
  ['an org and the scope admin', { scopes: ['admin'] }],
  ['no org and a scope other than admin', { orgId: null, scopes: ['read'] }],
  ['no org and a scope besides admin', { orgId: null, scopes: ['admin', 'read'] }],
  ['no scope', { scopes: [] }],
  ['an unknown scope', { scopes: ['root'] }],
  ['an empty org id', { orgId: '' }],
  ['an id in upper case', { keyId: 'ABCDEFGHIJKLMNOP' }],
  ['a hash of 31 bytes', { secretHash: randomBytes(31) }],
])('a key with %s is refused', async (_, changes) => {
  await expect(make(changes)).rejects.toMatchObject({ name: 'TerminalError', sqlState: '23514' });
});

test('a second key with the same id is refused', async () => {
  const { keyId } = await make();
  await expect(make({ keyId })).rejects.toMatchObject({ sqlState: '23505' });
});

test.each(
  Object.entries({ CREATE_KEY, REVOKE_KEY, FIND_KEY, FIND_KEYS, LIST_KEY_CHANGES, LIST_KEYS, LIST_ORG_KEYS }),
)('%s reads through an index, without a sort', async (_, text) => {
  // Connections of this pool have the plan settings with which the statements run.
  const client = await it.db.pool.connect();
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${text}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toMatch(/Seq Scan on api_key|Sort|Disabled/);
    expect(plan).toMatch(/Index (Only )?Scan/);
  } finally {
    client.release();
  }
});

import { createHash } from 'node:crypto';

import { expect, it } from '@jest/globals';
import { isKeyId, newApiKey, newKey, parseApiKey } from './api-key.ts';
import { parseWith } from './parse.ts';
import { presentKey } from './present/present-key.ts';

it('a new key’s text reads as its id and the SHA-256 of its secret', () => {
  const { keyId, secretHash, text } = newApiKey();
  expect(text).toMatch(/^slk_[\da-z]{16}_[\da-zA-Z]{43}$/);
  expect(parseApiKey(text)).toEqual({ keyId, secretHash });
  const secret = text.slice(`slk_${keyId}_`.length);
  expect(secretHash).toEqual(createHash('sha256').update(secret).digest());
  expect(isKeyId(keyId)).toBe(true);
});

it('keys are drawn evenly from the whole alphabet', () => {
  const counts = new Map<string, number>();
  const keys = 2_000;
  for (let count = 0; count < keys; count++) {
    for (const character of newApiKey().text.slice(21)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  expect(counts.size).toBe(62);
  // About 1,387 of each; a byte taken modulo 62 would give eight of them a quarter more. Six standard deviations.
  const expected = (keys * 43) / 62;
  for (const count of counts.values()) {
    expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  }
});

const GOOD = `slk_${'a1'.repeat(8)}_${'Zz9'.repeat(14)}x`;

it('a key is read', () => {
  expect(parseApiKey(GOOD)?.keyId).toBe('a1a1a1a1a1a1a1a1');
});

it.each([
  '',
  'slk_',
  GOOD.slice(1),
  GOOD.slice(0, -1),
  `${GOOD}x`,
  `${GOOD}\n`,
  ` ${GOOD}`,
  GOOD.toUpperCase(),
  GOOD.replace('slk', 'sk'),
  GOOD.replace('a1a', 'A1a'),
  GOOD.replace('Zz9', 'Z-9'),
  GOOD.replace('Zz9', 'Zé9'),
])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeUndefined();
});

it.each([
  [{ orgId: 'acme', scopes: ['read', 'write', 'webhooks'] }, ''],
  [{ orgId: 'acme', name: 'till', scopes: ['read'], expiresAt: '2031-01-01T00:00:00Z' }, 'till'],
  [{ scopes: ['admin'] }, ''],
])('%j may become a key', (body, name) => {
  expect(parseWith(newKey, body)).toMatchObject({ kind: 'valid', value: { name } });
});

it.each([
  [{ orgId: 'acme', scopes: [] }, 'too-small'],
  [{ orgId: 'acme', scopes: ['admin'] }, 'scopes-do-not-fit'],
  [{ orgId: 'acme', scopes: ['read', 'admin'] }, 'scopes-do-not-fit'],
  [{ scopes: ['read'] }, 'scopes-do-not-fit'],
  [{ scopes: ['admin', 'read'] }, 'scopes-do-not-fit'],
  [{ orgId: 'acme', scopes: ['read', 'read'] }, 'repeated'],
  [{ orgId: 'acme', scopes: ['root'] }, 'invalid'],
  [{ orgId: '', scopes: ['read'] }, 'too-short'],
  [{ orgId: 'acme', scopes: ['read'], keyId: 'mine' }, 'unknown-field'],
  [{ orgId: 'acme', scopes: ['read'], expiresAt: 'tomorrow' }, 'invalid-timestamp'],
  [{ orgId: 'acme' }, 'required'],
])('%j is refused with %s', (body, code) => {
  expect(parseWith(newKey, body)).toMatchObject({ kind: 'invalid', errors: [{ code }] });
});

it('a key is shown without its hash, and without what it has not', () => {
  const stored = {
    ...{ keyId: 'a1a1a1a1a1a1a1a1', orgId: null, name: 'root', scopes: ['admin'], createdAt: 0 },
    ...{ expiresAt: null, revokedAt: null, lastUsedAt: null, secretHash: Buffer.alloc(32) },
  } as unknown as Parameters<typeof presentKey>[0];
  expect(presentKey(stored)).toEqual({
    ...{ keyId: 'a1a1a1a1a1a1a1a1', name: 'root', scopes: ['admin'] },
    createdAt: '1970-01-01T00:00:00.000Z',
  });
});

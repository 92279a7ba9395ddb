import { newApiKey, parseApiKey } from '@slotline/contract';
import type { StoredKey } from '@slotline/db';
import { expect, it } from '@jest/globals';
import { hasSecretOf, isInForce, toKnownKey } from './known-key.ts';

const key = newApiKey();

function known(changes: Partial<Record<keyof StoredKey, unknown>> = {}) {
  const facts = { keyId: key.keyId, secretHash: key.secretHash, orgId: 'acme', scopes: ['read'] };
  return toKnownKey({ ...facts, expiresAt: null, revokedAt: null, ...changes } as StoredKey);
}

it('only the exact secret matches the key', () => {
  const credential = parseApiKey(key.text) ?? key;
  expect(hasSecretOf(known(), credential)).toBe(true);
  const last = key.text.endsWith('a') ? 'b' : 'a';
  expect(hasSecretOf(known(), parseApiKey(`${key.text.slice(0, -1)}${last}`) ?? key)).toBe(false);
});

it('no secret matches a key that does not exist, not even the placeholder it is compared with', () => {
  expect(hasSecretOf(undefined, key)).toBe(false);
  expect(hasSecretOf(undefined, { keyId: key.keyId, secretHash: Buffer.alloc(32) })).toBe(false);
});

it('a key is valid until its last millisecond', () => {
  expect(isInForce(known(), Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(isInForce(known({ expiresAt: 1_000 }), 999)).toBe(true);
  expect(isInForce(known({ expiresAt: 1_000 }), 1_000)).toBe(false);
  expect(isInForce(known({ revokedAt: 5 }), 1)).toBe(false);
});

it('a key has its org and its known scopes, and an operator’s key has all orgs', () => {
  expect(known({ scopes: ['write', 'later', 'read'] }).principal).toEqual({
    ...{ kind: 'org', keyId: key.keyId, orgId: 'acme' },
    scopes: new Set(['read', 'write']),
  });
  expect(known({ orgId: null, scopes: ['admin'] }).principal).toEqual({
    kind: 'operator',
    keyId: key.keyId,
  });
});

import { newApiKey, parseApiKey } from '@slotline/contract';
import type { StoredKey } from '@slotline/db';
import { expect, it } from '@jest/globals';
import { hasSecretOf, isInForce, toKnownKey } from './known-key.ts';

const key = newApiKey();

function known(changes: Partial<Record<keyof StoredKey, unknown>> = {}) {
  const facts = { keyId: key.keyId, secretHash: key.secretHash, orgId: 'acme', scopes: ['read'] };
  return toKnownKey({ ...facts, expiresAt: null, revokedAt: null, ...changes } as StoredKey);
}

it('only the secret itself is the key’s', () => {
  const credential = parseApiKey(key.text) ?? key;
  expect(hasSecretOf(known(), credential)).toBe(true);
  const last = key.text.endsWith('a') ? 'b' : 'a';
  expect(hasSecretOf(known(), parseApiKey(`${key.text.slice(0, -1)}${last}`) ?? key)).toBe(false);
});

it('no secret is that of a key that is not there, not even what it is compared with', () => {
  expect(hasSecretOf(undefined, key)).toBe(false);
  expect(hasSecretOf(undefined, { keyId: key.keyId, secretHash: Buffer.alloc(32) })).toBe(false);
});

it('a key is in force until its last millisecond', () => {
  expect(isInForce(known(), Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(isInForce(known({ expiresAt: 1_000 }), 999)).toBe(true);
  expect(isInForce(known({ expiresAt: 1_000 }), 1_000)).toBe(false);
  expect(isInForce(known({ revokedAt: 5 }), 1)).toBe(false);
});

it('a key speaks for its org, with the scopes that are known, and an operator’s for all', () => {
  expect(known({ scopes: ['write', 'later', 'read'] }).principal).toEqual({
    ...{ kind: 'org', keyId: key.keyId, orgId: 'acme' },
    scopes: new Set(['read', 'write']),
  });
  expect(known({ orgId: null, scopes: ['admin'] }).principal).toEqual({
    kind: 'operator',
    keyId: key.keyId,
  });
});

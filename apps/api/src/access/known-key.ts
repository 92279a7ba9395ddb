// A stored key, prepared for checks on every request.

import { ORG_SCOPES, type KeyCredential, type OrgScope } from '@slotline/contract';
import type { StoredKey } from '@slotline/db';
import { timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.ts';

export interface KnownKey {
  readonly record: StoredKey;
  /** One object for all requests of the key. */
  readonly principal: Exclude<Principal, { kind: 'anyone' }>;
}

export function toKnownKey(record: StoredKey): KnownKey {
  const { keyId, orgId } = record;
  if (orgId === null) return { record, principal: { kind: 'operator', keyId } };
  const scopes: ReadonlySet<OrgScope> = new Set(ORG_SCOPES.filter((scope) => record.scopes.includes(scope)));
  return { record, principal: { kind: 'org', keyId, orgId, scopes } };
}

/** Whether the key is neither revoked nor expired. */
export function isInForce({ record }: KnownKey, now: number): boolean {
  const { revokedAt, expiresAt } = record;
  return revokedAt === null && (expiresAt === null || now < expiresAt);
}

// Compared when there is no such key, so that this takes as long as a wrong secret does.
const NOBODYS_HASH = Buffer.alloc(32);

/**
 * Whether the secret matches the key. Takes the same time for every secret, and whether or not the key
 * exists.
 */
export function hasSecretOf(key: KnownKey | undefined, { secretHash }: KeyCredential): key is KnownKey {
  const isEqual = timingSafeEqual(key?.record.secretHash ?? NOBODYS_HASH, secretHash);
  return isEqual && key !== undefined;
}

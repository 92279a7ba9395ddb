// What a verified token says about its bearer: whose it is and what it may do.

import { createHash } from 'node:crypto';
import { orgId, SCOPES } from '@slotline/contract';
import type { JWTPayload } from 'jose';
import type { Principal } from './principal.ts';

/**
 * `admin` among the scopes makes an operator; anybody else needs an org. Scopes that are not ours are passed over.
 * `undefined` when the token names no org that could be one.
 */
export function readClaims(
  payload: JWTPayload,
  orgClaim: string,
): Exclude<Principal, { kind: 'anyone' }> | undefined {
  const named = scopesOf(payload);
  const org = orgId.safeParse(claimOf(payload, orgClaim));
  if (named.has('admin')) return { kind: 'operator', keyId: keyIdOf(payload, 'operator') };
  if (!org.success) return undefined;
  const scopes = new Set(SCOPES.filter((scope) => named.has(scope)));
  return { kind: 'org', keyId: keyIdOf(payload, org.data), orgId: org.data, scopes };
}

function claimOf(payload: JWTPayload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

// `scope` is RFC 8693's, `scp` what some issuers write instead, as a list or as text.
function scopesOf(payload: JWTPayload): ReadonlySet<string> {
  const lists = [claimOf(payload, 'scope'), claimOf(payload, 'scp')].map((claim) =>
    typeof claim === 'string' ? claim.split(' ') : claim,
  );
  return new Set(lists.flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : [])).filter(isText));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

// All tokens of one subject are one credential to limits and logs. Hashed, for a subject may be somebody's address.
function keyIdOf(payload: JWTPayload, owner: string): string {
  const subject = [payload.sub, claimOf(payload, 'client_id'), ''].find(isText);
  return `jwt_${createHash('sha256')
    .update(JSON.stringify([owner, subject]))
    .digest('base64url')
    .slice(0, 22)}`;
}

// Reads from a verified token which org or operator it belongs to and which scopes it has.

import { createHash } from 'node:crypto';
import { ORG_SCOPES, orgId } from '@slotline/contract';
import type { JWTPayload } from 'jose';
import type { JwtConfig } from './auth-config.ts';
import type { Principal } from './principal.ts';

export type Claims =
  | { readonly kind: 'principal'; readonly principal: Exclude<Principal, { kind: 'anyone' }> }
  /** `reason` is for the log. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The configured operator scope makes a token without an org an operator's; `admin` alone does not. A token
 * with an org and the operator scope is refused: an org's administrator with the right to add scopes must
 * not reach other orgs. Unknown scopes are ignored.
 */
export function readClaims(
  payload: JWTPayload,
  { orgClaim, operatorScope }: Pick<JwtConfig, 'orgClaim' | 'operatorScope'>,
): Claims {
  const named = scopesOf(payload);
  const namesOrg = Object.hasOwn(payload, orgClaim);
  if (operatorScope !== undefined && named.has(operatorScope)) {
    if (namesOrg) return refused('the token has the operator scope and names an org');
    return { kind: 'principal', principal: { kind: 'operator', keyId: keyIdOf(payload, 'operator') } };
  }
  if (!namesOrg) return refused('the token names no org');
  const org = orgId.safeParse(claimOf(payload, orgClaim));
  if (!org.success) return refused('the org of the token is no org id');
  const scopes = new Set(ORG_SCOPES.filter((scope) => named.has(scope)));
  const keyId = keyIdOf(payload, `org ${org.data}`);
  return { kind: 'principal', principal: { kind: 'org', keyId, orgId: org.data, scopes } };
}

function refused(reason: string): Claims {
  return { kind: 'refused', reason };
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

// Limits and logs treat all tokens of one subject as one credential. The subject is hashed because it may be
// an e-mail address.
function keyIdOf(payload: JWTPayload, owner: string): string {
  const subject = [claimOf(payload, 'sub'), claimOf(payload, 'client_id'), ''].find(isText);
  return `jwt_${createHash('sha256')
    .update(JSON.stringify([owner, subject]))
    .digest('base64url')
    .slice(0, 22)}`;
}

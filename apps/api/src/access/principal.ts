// Who asks. Every route learns it here and nowhere else: the guard notes it once, before the body is read, and what a
// request names never changes it.

import type { OrgScope, Scope } from '@slotline/contract';
import type { Request } from 'express';

/** `AUTH=none`, on loopback alone: every org and every scope. */
export interface Anyone {
  readonly kind: 'anyone';
}

/** A key or a token of one org. */
export interface OrgPrincipal {
  readonly kind: 'org';
  /** Names the credential in limits and logs; no secret. */
  readonly keyId: string;
  readonly orgId: string;
  readonly scopes: ReadonlySet<OrgScope>;
}

/** Whoever runs the service: every scope on any org. */
export interface Operator {
  readonly kind: 'operator';
  readonly keyId: string;
}

export type Principal = Anyone | OrgPrincipal | Operator;

export const ANYONE: Anyone = { kind: 'anyone' };

/** Whether the principal may do what needs `scope`. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  if (principal.kind !== 'org') return true;
  return scope !== 'admin' && principal.scopes.has(scope);
}

/** Whether what belongs to the org is there for the principal. */
export function speaksFor(principal: Principal, orgId: string): boolean {
  return principal.kind !== 'org' || principal.orgId === orgId;
}

// A property costs the accept path nothing, where a WeakMap costs every garbage collection something.
const PRINCIPAL = Symbol('principal');

interface Guarded {
  [PRINCIPAL]?: Principal;
}

/** For the guard alone. */
export function setPrincipal(req: object, principal: Principal): void {
  (req as Guarded)[PRINCIPAL] = principal;
}

const NOTED = Symbol('noted principal');

interface Noted {
  [NOTED]?: Principal | Promise<Principal>;
}

/** For admission alone, which authenticates before the guard. */
export function notePrincipal(req: object, principal: Principal | Promise<Principal>): void {
  (req as Noted)[NOTED] = principal;
}

/** For the guard alone: what admission found; `undefined` where it found nothing valid, or did not run. */
export function notedPrincipalOf(req: object): Principal | Promise<Principal> | undefined {
  return (req as Noted)[NOTED];
}

/** Who sent the request. Throws when no guard ran: a route that forgot it serves nobody. */
export function principalOf(req: Request<unknown>): Principal {
  const principal = (req as Guarded)[PRINCIPAL];
  if (principal === undefined) throw new Error('no guard ran before this route');
  return principal;
}

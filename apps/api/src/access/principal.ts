// The principal of a request. The guard sets it once, before the body is read; routes read it only here, and
// nothing that a request names changes it.

import type { OrgScope, Scope } from '@slotline/contract';
import type { Request } from 'express';

/** `AUTH=none`, on loopback only: every org and every scope. */
export interface Anyone {
  readonly kind: 'anyone';
}

/** A key or a token of one org. */
export interface OrgPrincipal {
  readonly kind: 'org';
  /** Identifies the credential in limits and logs; not secret. */
  readonly keyId: string;
  readonly orgId: string;
  readonly scopes: ReadonlySet<OrgScope>;
}

/** The operator of the service: every scope on every org. */
export interface Operator {
  readonly kind: 'operator';
  readonly keyId: string;
}

export type Principal = Anyone | OrgPrincipal | Operator;

export const ANYONE: Anyone = { kind: 'anyone' };

/** Whether the principal may use routes that need `scope`. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  if (principal.kind !== 'org') return true;
  return scope !== 'admin' && principal.scopes.has(scope);
}

/** Whether the principal has access to the org's data. */
export function speaksFor(principal: Principal, orgId: string): boolean {
  return principal.kind !== 'org' || principal.orgId === orgId;
}

// A property costs the accept path nothing; a WeakMap slows down every garbage collection.
const PRINCIPAL = Symbol('principal');

interface Guarded {
  [PRINCIPAL]?: Principal;
}

/** For the guard only. */
export function setPrincipal(req: object, principal: Principal): void {
  (req as Guarded)[PRINCIPAL] = principal;
}

const NOTED = Symbol('noted principal');

interface Noted {
  [NOTED]?: Principal | Promise<Principal>;
}

/** For admission only, which authenticates before the guard. */
export function notePrincipal(req: object, principal: Principal | Promise<Principal>): void {
  (req as Noted)[NOTED] = principal;
}

/**
 * For the guard only: the result of admission; `undefined` when it found no valid credential or did not run.
 */
export function notedPrincipalOf(req: object): Principal | Promise<Principal> | undefined {
  return (req as Noted)[NOTED];
}

/** The principal of the request. Throws when no guard ran, so a route without one serves no request. */
export function principalOf(req: Request<unknown>): Principal {
  const principal = (req as Guarded)[PRINCIPAL];
  if (principal === undefined) throw new Error('no guard ran before this route');
  return principal;
}

import { SCOPES } from '@slotline/contract';
import { expect, it } from '@jest/globals';
import type { Request } from 'express';
import { ANYONE, hasScope, principalOf, setPrincipal, speaksFor, type Principal } from './principal.ts';

const READER: Principal = { kind: 'org', keyId: 'k1', orgId: 'acme', scopes: new Set(['read']) };
const OPERATOR: Principal = { kind: 'operator', keyId: 'k2' };

it.each([
  ['an org has the scopes of its credential and no other', READER, ['read']],
  ['an operator has every scope', OPERATOR, [...SCOPES]],
  ['anyone has every scope without authentication', ANYONE, [...SCOPES]],
] as const)('%s', (_name, principal, scopes) => {
  expect(SCOPES.filter((scope) => hasScope(principal, scope))).toEqual(scopes);
});

it('an org never has the scope of operators, even if its credential lists it', () => {
  const scopes = new Set(['read', 'admin']) as unknown as ReadonlySet<never>;
  expect(hasScope({ kind: 'org', keyId: 'k1', orgId: 'acme', scopes }, 'admin')).toBe(false);
});

it('an org has access to itself alone, by exact comparison', () => {
  const orgs = ['acme', 'ACME', 'acme ', 'acm', 'default', ''];
  expect(orgs.filter((orgId) => speaksFor(READER, orgId))).toEqual(['acme']);
  expect(orgs.filter((orgId) => speaksFor(OPERATOR, orgId))).toEqual(orgs);
  expect(orgs.filter((orgId) => speaksFor(ANYONE, orgId))).toEqual(orgs);
});

it('a route without a guard serves no request', () => {
  const req = {} as Request;
  expect(() => principalOf(req)).toThrow(/no guard/);
  setPrincipal(req, READER);
  expect(principalOf(req)).toBe(READER);
  expect(JSON.stringify(req)).toBe('{}');
});

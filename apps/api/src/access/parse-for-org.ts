// The org of a request is the principal's. An org's credential may leave the org out or name its own; any other one
// is not there for it, whether it exists or not.

import type { Request } from 'express';
import type { z } from 'zod';
import { parseAddressed, type AddressRule } from '../http/parse-addressed.ts';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { principalOf, speaksFor, type Principal } from './principal.ts';

/** What of a body or a query names an org; `org` is another spelling in one query, and an unknown field elsewhere. */
const ORG_MEMBERS = ['orgId', 'org'] as const;

/**
 * Parses by a schema that has an `orgId`, and an address in it by `rule`; the principal's org is filled in when none
 * is named. Throws the 404 problem when another one is named, whatever else is wrong, then the 400 problem.
 */
export function parseForOrg<S extends z.ZodType<{ orgId: string }>>(
  schema: S,
  input: unknown,
  req: Request<unknown>,
  rule?: AddressRule,
): z.output<S> {
  const principal = principalOf(req);
  if (namesOtherOrg(principal, input)) throw noSuchOrg();
  const own = withOwnOrg(principal, input);
  const parsed = rule === undefined ? parseOrRefuse(schema, own) : parseAddressed(schema, own, rule);
  refuseOtherOrg(principal, parsed.orgId);
  return parsed;
}

/** Whether a body, a query or an item names an org that is not there for the principal. */
export function namesOtherOrg(principal: Principal, input: unknown): boolean {
  if (principal.kind !== 'org' || input === null || typeof input !== 'object') return false;
  return ORG_MEMBERS.some((name) => {
    const org: unknown = (input as Record<string, unknown>)[name];
    return typeof org === 'string' && org !== principal.orgId;
  });
}

/** The input with the principal's org filled in where it names none. */
export function withOwnOrg(principal: Principal, input: unknown): unknown {
  if (principal.kind !== 'org' || input === null || typeof input !== 'object') return input;
  if (Array.isArray(input) || ORG_MEMBERS.some((name) => Object.hasOwn(input, name))) return input;
  return { ...input, orgId: principal.orgId };
}

/** The last look before something is done for an org. Throws the 404 problem unless the principal speaks for it. */
export function refuseOtherOrg(principal: Principal, orgId: string): void {
  if (!speaksFor(principal, orgId)) throw noSuchOrg();
}

export function noSuchOrg(): ProblemError {
  return new ProblemError('not-found', { detail: 'There is no such org for these credentials.' });
}

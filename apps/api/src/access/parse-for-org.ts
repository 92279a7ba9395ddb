// The org of a request is the principal's. An org's credential may leave the org out or name its own; any other one
// is not there for it, whether it exists or not.

import type { z } from 'zod';
import type { Request } from 'express';
import { parseAddressed, type AddressRule } from '../http/parse-addressed.ts';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { principalOf, type Principal } from './principal.ts';

/** What of a body or a query names an org; `org` is another spelling in one query, and an unknown field elsewhere. */
const ORG_MEMBERS = ['orgId', 'org'] as const;

/**
 * Parses by a schema that has an `orgId`, and an address in it by `rule`; the principal's org is filled in when none
 * is named. Throws the 404 problem when another org is named, and the 400 problem for what else is wrong.
 */
export function parseForOrg<S extends z.ZodType<{ orgId: string }>>(
  schema: S,
  input: unknown,
  req: Request<never>,
  rule?: AddressRule,
): z.output<S> {
  const principal = principalOf(req);
  const own = withOwnOrg(principal, input);
  const parsed = rule === undefined ? parseOrRefuse(schema, own) : parseAddressed(schema, own, rule);
  refuseOtherOrg(principal, parsed.orgId);
  return parsed;
}

/** The input with the principal's org in it. Throws the 404 problem when it names another, whatever else is wrong. */
export function withOwnOrg(principal: Principal, input: unknown): unknown {
  if (principal.kind !== 'org' || input === null || typeof input !== 'object') return input;
  const named = ORG_MEMBERS.filter((name) => Object.hasOwn(input, name));
  if (named.length === 0) return Array.isArray(input) ? input : { ...input, orgId: principal.orgId };
  for (const name of named) {
    const org: unknown = (input as Record<string, unknown>)[name];
    if (typeof org === 'string') refuseOtherOrg(principal, org);
  }
  return input;
}

/** Throws the 404 problem unless the principal may speak for the org. */
export function refuseOtherOrg(principal: Principal, orgId: string): void {
  if (principal.kind === 'org' && principal.orgId !== orgId) throw noSuchOrg();
}

function noSuchOrg(): ProblemError {
  return new ProblemError('not-found', { detail: 'There is no such org for these credentials.' });
}

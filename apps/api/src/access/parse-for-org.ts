// Determines the org of a request from its principal. A credential of an org may omit the org or name its
// own; for every other org it gets the same 404, whether that org exists or not.

import type { Request } from 'express';
import type { z } from 'zod';
import { parseAddressed, type AddressRule } from '../http/parse-addressed.ts';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { principalOf, speaksFor, type Principal } from './principal.ts';

/**
 * The fields of a body or a query that name an org. `org` is another spelling in one query and an unknown
 * field elsewhere.
 */
const ORG_MEMBERS = ['orgId', 'org'] as const;

/**
 * Parses by a schema that has an `orgId`, and checks an endpoint URL in it by `rule`. Fills in the
 * principal's org when none is named. Throws the 404 problem first when another org is named, then the 400
 * problem.
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

/** Whether a body, a query or an item names an org that the principal has no access to. */
export function namesOtherOrg(principal: Principal, input: unknown): boolean {
  if (principal.kind !== 'org' || input === null || typeof input !== 'object') return false;
  return ORG_MEMBERS.some((name) => {
    const org: unknown = (input as Record<string, unknown>)[name];
    return typeof org === 'string' && org !== principal.orgId;
  });
}

/** The input, with the principal's org filled in where it names none. */
export function withOwnOrg(principal: Principal, input: unknown): unknown {
  if (principal.kind !== 'org' || input === null || typeof input !== 'object') return input;
  if (Array.isArray(input) || ORG_MEMBERS.some((name) => Object.hasOwn(input, name))) return input;
  return { ...input, orgId: principal.orgId };
}

/**
 * The final check before anything is done for an org. Throws the 404 problem unless the principal has access
 * to it.
 */
export function refuseOtherOrg(principal: Principal, orgId: string): void {
  if (!speaksFor(principal, orgId)) throw noSuchOrg();
}

export function noSuchOrg(): ProblemError {
  return new ProblemError('not-found', { detail: 'There is no such org for these credentials.' });
}

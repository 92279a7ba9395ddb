// The refusals of the guard. One and the same 401 whatever is wrong with a credential, so that nobody learns which
// keys there are; the 403 names the scope of the route, which everybody can read in the OpenAPI document.

import type { Scope } from '@slotline/contract';
import { ProblemError } from '../http/problem-error.ts';

/** For none, a malformed, an unknown, a revoked and an expired credential. `reason` is logged and never sent. */
export function unauthenticated(reason?: string): ProblemError {
  return new ProblemError('unauthenticated', {
    detail: 'Send Authorization: Bearer with a key or token that is valid.',
    headers: { 'WWW-Authenticate': 'Bearer' },
    cause: reason,
  });
}

/** RFC 6750, 3.1. Decided from the route alone, so it says nothing about an org or an id. */
export function insufficientScope(scope: Scope): ProblemError {
  return new ProblemError('insufficient-scope', {
    detail: `This address needs the scope ${scope}.`,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}

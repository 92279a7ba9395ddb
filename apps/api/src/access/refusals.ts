// The refusals of the guard. Every invalid credential gets the same 401, so that clients cannot find out
// which keys exist. The 403 names the route's scope, which is public in the OpenAPI document.

import type { Scope } from '@slotline/contract';
import { ProblemError } from '../http/problem-error.ts';

/** For a missing, malformed, unknown, revoked or expired credential. `reason` is logged and never sent. */
export function unauthenticated(reason?: string): ProblemError {
  return new ProblemError('unauthenticated', {
    detail: 'Send Authorization: Bearer with a key or token that is valid.',
    headers: { 'WWW-Authenticate': 'Bearer' },
    cause: reason,
  });
}

/** RFC 6750, 3.1. Depends on the route alone, so it reveals nothing about an org or an id. */
export function insufficientScope(scope: Scope): ProblemError {
  return new ProblemError('insufficient-scope', {
    detail: `This endpoint requires the \`${scope}\` scope.`,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}

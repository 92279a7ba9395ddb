// The first handler of every route that needs a credential. It runs before the body is read or any id is
// looked up, and sets the request's principal.

import type { Scope } from '@slotline/contract';
import type { RequestHandler } from 'express';
import type { Access } from './access.ts';
import { hasScope, notedPrincipalOf, setPrincipal, type Principal } from './principal.ts';
import { insufficientScope } from './refusals.ts';

/** Admits principals that have `scope`; otherwise answers with the 401, 403 or 503 problem. */
export function guard({ authenticate }: Access, scope: Scope): RequestHandler {
  const admit = (req: object, principal: Principal) => {
    if (!hasScope(principal, scope)) throw insufficientScope(scope);
    setPrincipal(req, principal);
  };
  return (req, _res, next) => {
    const principal = notedPrincipalOf(req) ?? authenticate(req.headers.authorization);
    if (principal instanceof Promise) return admitLater(principal, { admit: (who) => admit(req, who), next });
    admit(req, principal);
    next();
    return undefined;
  };
}

async function admitLater(
  principal: Promise<Principal>,
  { admit, next }: { admit: (principal: Principal) => void; next: () => void },
): Promise<void> {
  admit(await principal);
  next();
}

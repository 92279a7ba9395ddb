// Adds routes to an app, each with the scope of its line in ROUTE_SCOPES and with its guard first. A route
// without a line, a missing handler and a scope that differs from the line are type errors; the scope is also
// checked at startup.

import { ROUTE_SCOPES, type Route, type RouteScope, type Scope } from '@slotline/contract';
import type { Express, RequestHandler } from 'express';
import { allowOnly, shareAddress } from '../http/allow-only.ts';
import type { BodyBudget } from '../admission/body-budget.ts';
import { limitRequests } from './limit-requests.ts';
import type { Limits } from '../limits/limits.ts';
import type { Access } from '../access/access.ts';
import { hasScope, notedPrincipalOf, setPrincipal, type Principal } from '../access/principal.ts';
import { insufficientScope } from '../access/refusals.ts';

type PathOf<R> = R extends `${string} ${infer Path}` ? Path : never;
type RoutePath = PathOf<Route>;
type MethodOf<P extends RoutePath, R = Route> = R extends `${infer Method} ${P}` ? Method : never;

type NameIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NameIn<Rest>
  : never;
type ParamsOf<P extends string> = { [Name in NameIn<P>]: string };

/** The handlers of a route, in order, behind the guard of a scope. */
interface Scoped<S extends RouteScope, Params> {
  readonly scope: S;
  readonly handlers: readonly RequestHandler<Params>[];
}

type Scoping<S extends RouteScope> = <Params>(
  ...handlers: readonly RequestHandler<Params>[]
) => Scoped<S, Params>;

function scoped<S extends RouteScope>(scope: S): Scoping<S> {
  return (...handlers) => ({ scope, handlers });
}

export const open: Scoping<'open'> = scoped('open');
export const read: Scoping<'read'> = scoped('read');
export const write: Scoping<'write'> = scoped('write');
export const webhooks: Scoping<'webhooks'> = scoped('webhooks');
export const admin: Scoping<'admin'> = scoped('admin');

type Methods<P extends RoutePath> = {
  readonly [M in MethodOf<P>]: Scoped<(typeof ROUTE_SCOPES)[`${M} ${P}` & Route], ParamsOf<P>>;
};

/**
 * Adds a path with all of its methods; other methods are answered 405. `isShared`: other methods belong to a
 * route that is added later and also matches.
 */
export type AddRoute = <P extends RoutePath>(
  path: P,
  methods: Methods<P>,
  options?: { readonly isShared: boolean },
) => void;

/** Express's method names by the HTTP methods. GET handlers also answer HEAD. */
const ADDERS = { GET: 'get', POST: 'post', PATCH: 'patch', PUT: 'put', DELETE: 'delete' } as const;

/** What runs between the guard and a route's handlers; empty on the operators' port. */
export interface Passage {
  readonly limits?: Limits | undefined;
  readonly bodies?: BodyBudget;
}

export function createAddRoute(app: Express, access: Access, passage: Passage = {}): AddRoute {
  const { limits, bodies } = passage;
  const before = [...limitRequests(limits), ...(bodies === undefined ? [] : [bodies.reserve])];
  const guarded = (scope: RouteScope, handlers: readonly RequestHandler[]): readonly RequestHandler[] =>
    scope === 'open' ? handlers : [guard(access, scope), ...before, ...handlers];
  return (path, methods, { isShared } = { isShared: false }) => {
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    const added = Object.entries<Scoped<RouteScope, never>>(methods);
    for (const [method, { scope, handlers }] of added) {
      assertLine(`${method} ${path}`, scope);
      route[ADDERS[method as keyof typeof ADDERS]](...guarded(scope, handlers as readonly RequestHandler[]));
    }
    const names = added.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    route.all(isShared ? shareAddress(names) : allowOnly(names));
  };
}

function assertLine(route: string, scope: RouteScope): void {
  const line = (ROUTE_SCOPES as Readonly<Record<string, RouteScope>>)[route];
  if (line !== scope) throw new Error(`${route} is served as ${scope}; its line in ROUTE_SCOPES: ${line}`);
}

/**
 * The first handler of every route that needs a credential. It runs before the body is read or any id is looked
 * up, and sets the request's principal. Principals without `scope` get the 401, 403 or 503 problem.
 */
function guard({ authenticate }: Access, scope: Scope): RequestHandler {
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

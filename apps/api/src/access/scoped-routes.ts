// How routes are added to an app: each with the scope that its line in ROUTE_SCOPES says, and with nothing before its
// guard. A route without a line, a line of the same path without a handler, and another scope than the line's are type
// errors; whoever does not check types is told when the app is made.

import { ROUTE_SCOPES, type Route, type RouteScope } from '@slotline/contract';
import type { Express, RequestHandler } from 'express';
import { allowOnly, shareAddress } from '../http/allow-only.ts';
import type { BodyBudget } from '../admission/body-budget.ts';
import { limitRequests } from '../limits/limit-requests.ts';
import type { Limits } from '../limits/limits.ts';
import type { Access } from './access.ts';
import { guard } from './guard.ts';

type PathOf<R> = R extends `${string} ${infer Path}` ? Path : never;
type RoutePath = PathOf<Route>;
type MethodOf<P extends RoutePath, R = Route> = R extends `${infer Method} ${P}` ? Method : never;

type NameIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NameIn<Rest>
  : never;
type ParamsOf<P extends string> = { [Name in NameIn<P>]: string };

/** The handlers of a route, in order, behind the guard of a scope. */
export interface Scoped<S extends RouteScope, Params> {
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
 * Adds an address with all of its methods; what it does not have is answered 405. `isShared`: other methods are
 * another address's, added later, that matches too.
 */
export type AddRoute = <P extends RoutePath>(
  path: P,
  methods: Methods<P>,
  options?: { readonly isShared: boolean },
) => void;

/** The names of Express's methods by those of HTTP. HEAD is answered by GET. */
const ADDERS = { GET: 'get', POST: 'post', PATCH: 'patch', PUT: 'put', DELETE: 'delete' } as const;

/** What a request behind a guard passes besides its route's own handlers; nothing on the operators' port. */
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

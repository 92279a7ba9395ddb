// What the guard adds to the description of a route: the scope of its line in ROUTE_SCOPES, and the answers to whoever
// has none, or the wrong one, or names what is not there for them.

import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathItemObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { ROUTE_SCOPES, type RouteScope } from './access.ts';
import { problemJson, problems } from './openapi-operation.ts';
import { problem, PROBLEMS } from './problem.ts';

/** The name of the one way to say who asks. */
const BEARER = 'bearer';

export const securitySchemes = {
  [BEARER]: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'slk_{id}_{secret}, or a JWT',
    description:
      'The key or token of an org, or of the operator. `read`, `write` and `webhooks` do not include each other; `admin` has them all, on every org. Not asked for with `AUTH=none`.',
  },
} as const;

const challenge = (description: string) => ({
  headers: z.object({ 'WWW-Authenticate': z.string().meta({ description }) }),
});

const REFUSALS = {
  401: {
    ...problemJson(PROBLEMS.unauthenticated.title, problem),
    ...challenge('`Bearer`: one and the same answer whatever is wrong with the credentials.'),
  },
  403: {
    ...problemJson(PROBLEMS['insufficient-scope'].title, problem),
    ...challenge('Names the scope that the address needs (RFC 6750).'),
  },
};

/** The same paths, guarded. Throws when an operation has no line in ROUTE_SCOPES. */
export function guardedPaths(paths: ZodOpenApiPathsObject): ZodOpenApiPathsObject {
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, guardedItem(path, item)]));
}

function guardedItem(path: string, item: ZodOpenApiPathItemObject): ZodOpenApiPathItemObject {
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]) => {
      const scope = scopeOf(`${method.toUpperCase()} ${path}`);
      return [method, guardedOperation(operation as ZodOpenApiOperationObject, scope)];
    }),
  );
}

function scopeOf(route: string): RouteScope {
  const scope = (ROUTE_SCOPES as Readonly<Record<string, RouteScope>>)[route];
  if (scope === undefined) throw new Error(`${route} is described and has no line in ROUTE_SCOPES`);
  return scope;
}

function guardedOperation(
  operation: ZodOpenApiOperationObject,
  scope: RouteScope,
): ZodOpenApiOperationObject {
  if (scope === 'open') return { ...operation, security: [] };
  const responses = {
    ...problems('unavailable', ...(scope === 'admin' ? [] : (['not-found'] as const))),
    ...operation.responses,
    ...REFUSALS,
  };
  return { ...operation, security: [{ [BEARER]: [scope] }], responses };
}

// What stands before every route, added to its description: the scope of its line in ROUTE_SCOPES, the answers to whoever
// has none, or the wrong one, or names what is not there for them, those to whoever asks too fast or at a bad time, and
// those to pages of other origins and to requests that AUTH=none does not serve.

import { z } from 'zod';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathItemObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { ROUTE_SCOPES, type RouteScope } from './access.ts';
import { problemJson, problems } from './openapi-operation.ts';
import { problem, PROBLEMS, type ProblemCode } from './problem.ts';

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

/** Told with every answer where a limit is set. */
const limitHeaders = z.object({
  'RateLimit-Policy': z
    .string()
    .optional()
    .meta({
      description:
        'The limits that this request counts for (draft-ietf-httpapi-ratelimit-headers-11), by name: `q` a full bucket, `w` the seconds in which an empty one fills.',
      examples: ['"org";q=200;w=2, "key";q=100;w=2'],
    }),
  RateLimit: z
    .string()
    .optional()
    .meta({
      description:
        'By name: `r` what is left, `t` the seconds until it is all there again or, refused, until this request is.',
      examples: ['"org";r=150;t=1, "key";r=0;t=3'],
    }),
});
const retryAfter = {
  'Retry-After': z.string().meta({ description: 'Seconds after which the same request may be sent again.' }),
};

const REFUSALS = {
  401: {
    ...problemJson(PROBLEMS.unauthenticated.title, problem),
    ...challenge('`Bearer`: one and the same answer whatever is wrong with the credentials.'),
  },
  403: {
    ...problemJson(PROBLEMS['insufficient-scope'].title, problem),
    headers: z.object({
      'WWW-Authenticate': z.string().optional().meta({
        description: 'Names the scope that the endpoint requires (RFC 6750). Absent for `foreign-page`.',
      }),
    }),
  },
};

type Port = 'public' | 'operators';

/** The same paths of a port, guarded. Throws when an operation has no line in ROUTE_SCOPES. */
export function guardedPaths(paths: ZodOpenApiPathsObject, port: Port): ZodOpenApiPathsObject {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [path, guardedItem(path, item, port)]),
  );
}

function guardedItem(path: string, item: ZodOpenApiPathItemObject, port: Port): ZodOpenApiPathItemObject {
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]) => {
      const scope = scopeOf(`${method.toUpperCase()} ${path}`);
      const guarded = guardedOperation(operation as ZodOpenApiOperationObject, scope);
      const isPageRefused = port === 'operators' || method !== 'get';
      return [method, { ...guarded, responses: localResponses(guarded.responses ?? {}, isPageRefused) }];
    }),
  );
}

/** Whatever comes from elsewhere is refused before the guard. */
function localResponses(
  responses: ZodOpenApiResponsesObject,
  isPageRefused: boolean,
): ZodOpenApiResponsesObject {
  const { '403': refused } = responses;
  return {
    ...responses,
    ...problems('misdirected-request'),
    ...(isPageRefused ? { 403: { ...refused, ...also(refused, 'foreign-page') } } : {}),
  };
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
  const guarded = { ...operation, security: [{ [BEARER]: [scope] }] };
  // The operators' port is never too busy for them.
  return { ...guarded, responses: scope === 'admin' ? responses : boundedResponses(responses) };
}

function boundedResponses(responses: ZodOpenApiResponsesObject): ZodOpenApiResponsesObject {
  const { '429': full, '503': away } = responses;
  return {
    ...responses,
    429: { ...also(full, 'rate-limited'), headers: limitHeaders.extend(retryAfter) },
    503: { ...also(away, 'overloaded'), headers: z.object(retryAfter) },
  };
}

/** A problem that shares its status with what is described already. */
function also(described: ZodOpenApiResponsesObject['429'] | undefined, code: ProblemCode) {
  const before = described === undefined || !('description' in described) ? [] : [described.description];
  return problemJson([...before, PROBLEMS[code].title].join('; '), problem);
}

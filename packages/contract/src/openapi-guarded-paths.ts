// Adds to every route's description what the guards do before it: its scope in ROUTE_SCOPES, and the responses for
// missing or insufficient credentials, inaccessible orgs, rate limits, overload, cross-origin pages and requests that
// AUTH=none does not serve.

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

/** The name of the only authentication scheme. */
const BEARER = 'bearer';

export const securitySchemes = {
  [BEARER]: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'slk_{id}_{secret}, or a JWT',
    description:
      'The key or token of an org, or of the operator. `read`, `write` and `webhooks` do not include each other; `admin` includes them all, for every org. Not required with `AUTH=none`.',
  },
} as const;

const challenge = (description: string) => ({
  headers: z.object({ 'WWW-Authenticate': z.string().meta({ description }) }),
});

/** Sent with every response if a limit is configured. */
const limitHeaders = z.object({
  'RateLimit-Policy': z
    .string()
    .optional()
    .meta({
      description:
        'The limits that this request counts against (draft-ietf-httpapi-ratelimit-headers-11), by name: `q` is the size of the bucket, `w` the seconds in which an empty bucket fills.',
      examples: ['"org";q=200;w=2, "key";q=100;w=2'],
    }),
  RateLimit: z
    .string()
    .optional()
    .meta({
      description:
        'By name: `r` is the remaining quota, `t` the seconds until the bucket is full or, after a refusal, until this request fits.',
      examples: ['"org";r=150;t=1, "key";r=0;t=3'],
    }),
});
const retryAfter = {
  'Retry-After': z.string().meta({ description: 'Seconds after which the same request may be sent again.' }),
};

const REFUSALS = {
  401: {
    ...problemJson(PROBLEMS.unauthenticated.title, problem),
    ...challenge('`Bearer`. The response is the same whatever is wrong with the credentials.'),
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

/** Adds the refusals of misdirected and cross-origin requests, which come before the guard. */
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
  if (scope === undefined) throw new Error(`${route} is described but has no entry in ROUTE_SCOPES`);
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
  // Rate limits and load shedding do not apply to the operators' port.
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

/** Adds a problem to a status that is already described. */
function also(described: ZodOpenApiResponsesObject['429'] | undefined, code: ProblemCode) {
  const before = described === undefined || !('description' in described) ? [] : [described.description];
  return problemJson([...before, PROBLEMS[code].title].join('; '), problem);
}

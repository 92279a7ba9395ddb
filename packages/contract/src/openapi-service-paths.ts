// Descriptions of the endpoints about the service itself, on both ports.

import type { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, JSON_TYPE, operation, page } from './openapi-operation.ts';
import { readiness, readinessStatus } from './readiness.ts';

function pathsWith(ready: z.ZodType): ZodOpenApiPathsObject {
  return {
    '/api/openapi.json': { get: page('getOpenApi', 'This document', JSON_TYPE) },
    '/healthz': { get: page('getHealth', 'Whether the process answers', JSON_TYPE) },
    '/readyz': {
      get: operation('getReadiness', 'Service', 'Whether the service can take and decide bookings', {
        description:
          'Checked at most once a second; more frequent requests get the result of the last check.',
        responses: {
          200: json('Bookings are accepted. `degraded`: they wait for PostgreSQL.', ready),
          503: json('No booking can be accepted.', ready),
        },
      }),
    },
  };
}

export const servicePaths = pathsWith(readinessStatus);

/** The operators' port also reports the state of each dependency. */
export const adminServicePaths = pathsWith(readiness);

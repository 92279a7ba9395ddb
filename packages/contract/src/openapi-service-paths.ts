// What both ports answer about the service itself, described.

import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, JSON_TYPE, operation, page } from './openapi-operation.ts';

export const servicePaths: ZodOpenApiPathsObject = {
  '/api/openapi.json': { get: page('getOpenApi', 'This document', JSON_TYPE) },
  '/healthz': { get: page('getHealth', 'Whether the process answers', JSON_TYPE) },
  '/readyz': {
    get: operation('getReadiness', 'Service', 'Whether the service can take and decide bookings', {
      responses: {
        200: json('Ready.', z.record(z.string(), z.unknown())),
        503: json('Not ready: the parts say why.', z.record(z.string(), z.unknown())),
      },
    }),
  },
};

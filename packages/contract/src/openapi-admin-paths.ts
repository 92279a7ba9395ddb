// Every route of the operators' port, with its parameters, bodies and answers. A test holds it against the router.

import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { page } from './openapi-operation.ts';
import { servicePaths } from './openapi-service-paths.ts';

export const adminPaths: ZodOpenApiPathsObject = {
  ...servicePaths,
  '/metrics': { get: page('getMetrics', 'Prometheus metrics', 'text/plain') },
};

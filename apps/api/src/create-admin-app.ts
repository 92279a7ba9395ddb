// The route table of the operators' port. Every route is in its OpenAPI document, and no other path answers.

import type { Express } from 'express';
import { createAddRoute, open } from './routes/scoped-routes.ts';
import type { ApiContext } from './routes/api-context.ts';
import { answerNothingElse } from './http/allow-only.ts';
import { answerErrors } from './http/answer-error.ts';
import { createExpress } from './http/create-express.ts';
import { routeAdmin } from './routes/admin/route-admin.ts';
import { checkHealth, showMetrics, showReadiness } from './routes/check-health.ts';
import { showAdminOpenApi } from './routes/show-docs.ts';

export function createAdminApp(context: ApiContext): Express {
  // CORS_ORIGINS does not apply to the operators' routes. No proxy is in front of them, so forwarded
  // addresses would be the client's own claim.
  const http = { ...context.http, corsOrigins: [], trustProxy: false as const };
  const app = createExpress({ ...context, http }, { isOperators: true });
  const route = createAddRoute(app, context.access);

  routeAdmin(route, context);
  route('/api/openapi.json', { GET: open(showAdminOpenApi()) });
  route('/healthz', { GET: open(checkHealth()) });
  route('/readyz', { GET: open(showReadiness(context)) });
  route('/metrics', { GET: open(showMetrics(context)) });

  app.use(answerNothingElse('/api/openapi.json'));
  app.use(answerErrors(context));
  return app;
}

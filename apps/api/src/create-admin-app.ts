// The route table of the operators' port. Like the public one: every line of it is in its OpenAPI document, and
// nothing else answers.

import type { Express } from 'express';
import type { ApiContext } from './api-context.ts';
import { allowOnly, answerNothingElse } from './http/allow-only.ts';
import { answerErrors } from './http/answer-error.ts';
import { createExpress } from './http/create-express.ts';
import { checkHealth, checkReadiness, showMetrics } from './routes/check-health.ts';
import { showAdminOpenApi } from './routes/show-docs.ts';

export function createAdminApp(context: ApiContext): Express {
  // No page reads the operators' routes, whatever origins the public port knows.
  const app = createExpress({ ...context, http: { ...context.http, corsOrigins: [] } });

  app.route('/api/openapi.json').get(showAdminOpenApi()).all(allowOnly('GET, HEAD'));
  app.route('/healthz').get(checkHealth()).all(allowOnly('GET, HEAD'));
  app.route('/readyz').get(checkReadiness(context)).all(allowOnly('GET, HEAD'));
  app.route('/metrics').get(showMetrics(context)).all(allowOnly('GET, HEAD'));

  app.use(answerNothingElse('/api/openapi.json'));
  app.use(answerErrors(context));
  return app;
}

// The route table of the operators' port. Like the public one: every line of it is in its OpenAPI document, and
// nothing else answers.

import express, { type Express } from 'express';
import type { ApiContext } from './api-context.ts';
import { allowOnly, answerNothingElse } from './http/allow-only.ts';
import { answerErrors } from './http/answer-error.ts';
import { closeWhenStopping } from './http/close-when-stopping.ts';
import { checkHealth, checkReadiness, showMetrics } from './routes/check-health.ts';
import { showAdminOpenApi } from './routes/show-docs.ts';

export function createAdminApp(context: ApiContext): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(closeWhenStopping(context));

  app.route('/api/openapi.json').get(showAdminOpenApi()).all(allowOnly('GET, HEAD'));
  app.route('/healthz').get(checkHealth()).all(allowOnly('GET, HEAD'));
  app.route('/readyz').get(checkReadiness(context)).all(allowOnly('GET, HEAD'));
  app.route('/metrics').get(showMetrics(context)).all(allowOnly('GET, HEAD'));

  app.use(answerNothingElse('/api/openapi.json'));
  app.use(answerErrors(context));
  return app;
}

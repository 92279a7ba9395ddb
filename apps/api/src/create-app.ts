// The route table. Every line of it is in the OpenAPI document, and nothing else answers.

import type { Express, RequestHandler } from 'express';
import { allowOnly, answerNothingElse } from './http/allow-only.ts';
import { answerErrors } from './http/answer-error.ts';
import { createExpress } from './http/create-express.ts';
import { BATCH_BODY_BYTES_MAX, BODY_BYTES_MAX, readBody } from './http/read-body.ts';
import { bookAppointment } from './routes/book-appointment.ts';
import { bookBatch } from './routes/book-batch.ts';
import { cancelAppointment } from './routes/cancel-appointment.ts';
import { checkHealth, checkReadiness } from './routes/check-health.ts';
import { confirmAppointment } from './routes/confirm-appointment.ts';
import { getCalendar } from './routes/get-calendar.ts';
import { getRequest } from './routes/get-request.ts';
import { listFreeIntervals } from './routes/list-free-intervals.ts';
import { listRequests } from './routes/list-requests.ts';
import { getAppointment, getHistory, listAppointments } from './routes/read-appointments.ts';
import { listChanges, streamChanges } from './routes/read-changes.ts';
import { serveDocsAssets, showDocs, showOpenApi } from './routes/show-docs.ts';
import { routeWebhooks } from './routes/webhooks/route-webhooks.ts';
import { streamRequest } from './routes/stream-request.ts';
import type { ApiContext } from './api-context.ts';

export function createApp(context: ApiContext): Express {
  const app = createExpress(context);

  app
    .route('/api/appointments')
    .post(readBody(BODY_BYTES_MAX), bookAppointment(context))
    .get(listAppointments(context))
    .all(allowOnly('GET, HEAD, POST'));
  app
    .route('/api/appointments/batch')
    .post(readBody(BATCH_BODY_BYTES_MAX), bookBatch(context))
    // An appointment may be called `batch`; only POST means the batch route.
    .get(nameBatch(getAppointment(context)))
    .delete(nameBatch(cancelAppointment(context)))
    .all(allowOnly('DELETE, GET, HEAD, POST'));
  app
    .route('/api/appointments/:id')
    .get(getAppointment(context))
    .delete(cancelAppointment(context))
    .all(allowOnly('DELETE, GET, HEAD'));
  app
    .route('/api/appointments/:id/confirm')
    .post(readBody(BODY_BYTES_MAX), confirmAppointment(context))
    .all(allowOnly('POST'));
  addReadingRoutes(app, context);
  routeWebhooks(app, context, allowOnly);
  app.route('/api/openapi.json').get(showOpenApi()).all(allowOnly('GET, HEAD'));
  app.route('/api/docs').get(showDocs()).all(allowOnly('GET, HEAD'));
  app.use('/api/docs', serveDocsAssets());
  app.route('/healthz').get(checkHealth()).all(allowOnly('GET, HEAD'));
  app.route('/readyz').get(checkReadiness(context)).all(allowOnly('GET, HEAD'));

  app.use(answerNothingElse('/api/docs'));
  app.use(answerErrors(context));
  return app;
}

function addReadingRoutes(app: Express, context: ApiContext): void {
  const only = allowOnly('GET, HEAD');
  app.route('/api/appointments.ics').get(getCalendar(context)).all(only);
  app.route('/api/appointments/:id/history').get(getHistory(context)).all(only);
  app.route('/api/availability').get(listFreeIntervals(context)).all(only);
  app.route('/api/changes').get(listChanges(context)).all(only);
  app.route('/api/changes/stream').get(streamChanges(context)).all(only);
  app.route('/api/requests').get(listRequests(context)).all(only);
  app.route('/api/requests/:requestId').get(getRequest(context)).all(only);
  app.route('/api/requests/:requestId/events').get(streamRequest(context)).all(only);
}

function nameBatch(handler: RequestHandler<{ id: string }>): RequestHandler {
  return (req, res, next) => handler(Object.assign(req, { params: { id: 'batch' } }), res, next);
}

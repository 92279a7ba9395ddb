// The route table: paths, methods and the scopes they need. Every route is in the OpenAPI document, and no
// other path answers.

import type { Express } from 'express';
import { createAddRoute, open, read, write } from './routes/scoped-routes.ts';
import { answerNothingElse } from './http/allow-only.ts';
import { answerErrors } from './http/answer-error.ts';
import { createExpress } from './http/create-express.ts';
import { BATCH_BODY_BYTES_MAX, BODY_BYTES_MAX, readBody } from './http/read-body.ts';
import { bookAppointment } from './routes/write-appointment.ts';
import { bookBatch } from './routes/book-batch.ts';
import { cancelAppointment } from './routes/write-appointment.ts';
import { checkHealth, showStatus } from './routes/check-health.ts';
import { confirmAppointment } from './routes/write-appointment.ts';
import { getCalendar } from './routes/get-calendar.ts';
import { getRequest } from './routes/get-request.ts';
import { listFreeIntervals } from './routes/list-free-intervals.ts';
import { listRequests } from './routes/list-requests.ts';
import { getAppointment, getHistory, listAppointments } from './routes/read-appointments.ts';
import { listChanges, streamChanges } from './routes/read-changes.ts';
import { serveDocsAssets, showDocs, showOpenApi } from './routes/show-docs.ts';
import { routeWebhooks } from './routes/webhooks/route-webhooks.ts';
import { streamRequest } from './routes/stream-request.ts';
import type { ApiContext } from './routes/api-context.ts';

export function createApp(context: ApiContext): Express {
  const app = createExpress(context, { isOperators: false });
  const route = createAddRoute(app, context.access, context);

  route('/api/appointments', {
    POST: write(readBody(BODY_BYTES_MAX), bookAppointment(context)),
    GET: read(listAppointments(context)),
  });
  // An appointment's id may be `batch`; only POST means the batch.
  route(
    '/api/appointments/batch',
    { POST: write(readBody(BATCH_BODY_BYTES_MAX), bookBatch(context)) },
    { isShared: true },
  );
  route('/api/appointments/{id}', {
    GET: read(getAppointment(context)),
    DELETE: write(cancelAppointment(context)),
  });
  route('/api/appointments/{id}/confirm', {
    POST: write(readBody(BODY_BYTES_MAX), confirmAppointment(context)),
  });
  route('/api/appointments.ics', { GET: read(getCalendar(context)) });
  route('/api/appointments/{id}/history', { GET: read(getHistory(context)) });
  route('/api/availability', { GET: read(listFreeIntervals(context)) });
  route('/api/changes', { GET: read(listChanges(context)) });
  route('/api/changes/stream', { GET: read(streamChanges(context)) });
  route('/api/requests', { GET: read(listRequests(context)) });
  route('/api/requests/{requestId}', { GET: read(getRequest(context)) });
  route('/api/requests/{requestId}/events', { GET: read(streamRequest(context)) });
  routeWebhooks(route, context);
  route('/api/openapi.json', { GET: open(showOpenApi()) });
  route('/api/docs', { GET: open(showDocs()) });
  app.use('/api/docs', serveDocsAssets());
  route('/healthz', { GET: open(checkHealth()) });
  route('/readyz', { GET: open(showStatus(context)) });

  app.use(answerNothingElse('/api/docs'));
  app.use(answerErrors(context));
  return app;
}

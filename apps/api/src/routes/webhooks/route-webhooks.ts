// The webhook part of the route table; see `create-app.ts`.

import type { Express, RequestHandler } from 'express';
import { BODY_BYTES_MAX, readBody } from '../../http/read-body.ts';
import type { ApiContext } from '../../api-context.ts';
import { changeEndpoint, deleteEndpoint } from './change-endpoint.ts';
import { recoverDeliveries, redeliver } from './deliver-again.ts';
import { pingEndpoint } from './ping-endpoint.ts';
import { getDelivery, listDeliveries } from './read-deliveries.ts';
import { getEndpoint, listEndpoints } from './read-endpoints.ts';
import { registerEndpoint } from './register-endpoint.ts';
import { rotateSecret } from './rotate-secret.ts';

/** `allowOnly` refuses every other method of an address. */
export function routeWebhooks(
  app: Express,
  context: ApiContext,
  allowOnly: (methods: string) => RequestHandler,
): void {
  app
    .route('/api/webhooks')
    .post(readBody(BODY_BYTES_MAX), registerEndpoint(context))
    .get(listEndpoints(context))
    .all(allowOnly('GET, HEAD, POST'));
  app
    .route('/api/webhooks/:id')
    .get(getEndpoint(context))
    .patch(readBody(BODY_BYTES_MAX), changeEndpoint(context))
    .delete(deleteEndpoint(context))
    .all(allowOnly('DELETE, GET, HEAD, PATCH'));
  app.route('/api/webhooks/:id/rotate-secret').post(rotateSecret(context)).all(allowOnly('POST'));
  app.route('/api/webhooks/:id/ping').post(pingEndpoint(context)).all(allowOnly('POST'));
  app.route('/api/webhooks/:id/recover').post(recoverDeliveries(context)).all(allowOnly('POST'));
  app.route('/api/webhooks/:id/deliveries').get(listDeliveries(context)).all(allowOnly('GET, HEAD'));
  app.route('/api/webhooks/:id/deliveries/:deliveryId').get(getDelivery(context)).all(allowOnly('GET, HEAD'));
  app
    .route('/api/webhooks/:id/deliveries/:deliveryId/redeliver')
    .post(redeliver(context))
    .all(allowOnly('POST'));
}

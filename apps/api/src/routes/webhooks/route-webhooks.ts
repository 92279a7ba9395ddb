// The webhook part of the route table; see `create-app.ts`.

import { webhooks, type AddRoute } from '../scoped-routes.ts';
import { BODY_BYTES_MAX, readBody } from '../../http/read-body.ts';
import type { ApiContext } from '../api-context.ts';
import { changeEndpoint, deleteEndpoint } from './change-endpoint.ts';
import { recoverDeliveries, redeliver } from './deliver-again.ts';
import { pingEndpoint } from './ping-endpoint.ts';
import { getDelivery, listDeliveries } from './read-deliveries.ts';
import { getEndpoint, listEndpoints } from './read-endpoints.ts';
import { registerEndpoint } from './register-endpoint.ts';
import { rotateSecret } from './rotate-secret.ts';

export function routeWebhooks(route: AddRoute, context: ApiContext): void {
  route('/api/webhooks', {
    POST: webhooks(readBody(BODY_BYTES_MAX), registerEndpoint(context)),
    GET: webhooks(listEndpoints(context)),
  });
  route('/api/webhooks/{id}', {
    GET: webhooks(getEndpoint(context)),
    PATCH: webhooks(readBody(BODY_BYTES_MAX), changeEndpoint(context)),
    DELETE: webhooks(deleteEndpoint(context)),
  });
  route('/api/webhooks/{id}/rotate-secret', { POST: webhooks(rotateSecret(context)) });
  route('/api/webhooks/{id}/ping', { POST: webhooks(pingEndpoint(context)) });
  route('/api/webhooks/{id}/recover', { POST: webhooks(recoverDeliveries(context)) });
  route('/api/webhooks/{id}/deliveries', { GET: webhooks(listDeliveries(context)) });
  route('/api/webhooks/{id}/deliveries/{deliveryId}', { GET: webhooks(getDelivery(context)) });
  route('/api/webhooks/{id}/deliveries/{deliveryId}/redeliver', { POST: webhooks(redeliver(context)) });
}

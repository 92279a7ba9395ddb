// Descriptions of the webhook endpoints: registration, secrets and the delivery log.

import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, JSON_TYPE, operation, problems } from './openapi-operation.ts';
import {
  CALLBACKS_ENDPOINT,
  deliveriesQuery,
  deliveryResource,
  endpointChange,
  endpointQuery,
  endpointResource,
  endpointWithSecret,
  loggedDelivery,
  newEndpoint,
  recoverQuery,
  recovery,
  SECRET_OVERLAP_HOURS,
} from './webhook-resource.ts';

const codes = ['invalid-request', 'internal-error', 'unavailable'] as const;
const bodyCodes = ['malformed-json', 'body-too-large', 'unsupported-media-type', 'request-timeout'] as const;

const endpointId = z.string().meta({
  description: `An endpoint’s id, or \`${CALLBACKS_ENDPOINT}\` for the one that signs posts to a \`callbackUrl\`.`,
});
const path = z.object({ id: endpointId });
const deliveryPath = path.extend({ deliveryId: z.string().meta({ description: 'The `webhook-id`.' }) });

export const webhookPaths: ZodOpenApiPathsObject = {
  '/api/webhooks': {
    post: operation('registerEndpoint', 'Webhooks', 'Register an endpoint of an org', {
      description:
        'It receives events of requests decided from now on. The secret is shown only in this response.',
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: newEndpoint } } },
      responses: {
        ...problems(...codes, ...bodyCodes, 'too-many-endpoints'),
        201: json('Registered; `Location` is the endpoint.', endpointWithSecret),
      },
    }),
    get: operation('listEndpoints', 'Webhooks', 'List the endpoints of an org, oldest first', {
      requestParams: { query: endpointQuery },
      responses: { ...problems(...codes), 200: json('The endpoints.', z.array(endpointResource)) },
    }),
  },
  '/api/webhooks/{id}': {
    get: operation('getEndpoint', 'Webhooks', 'Read an endpoint', {
      requestParams: { path, query: endpointQuery },
      responses: { ...problems(...codes, 'not-found'), 200: json('The endpoint.', endpointResource) },
    }),
    patch: operation('changeEndpoint', 'Webhooks', 'Change, disable or enable an endpoint', {
      requestParams: { path, query: endpointQuery },
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: endpointChange } } },
      responses: {
        ...problems(...codes, ...bodyCodes, 'not-found', 'built-in-endpoint'),
        200: json('The endpoint as it is now.', endpointResource),
      },
    }),
    delete: operation('deleteEndpoint', 'Webhooks', 'Delete an endpoint', {
      description: 'Pending deliveries to it are dropped.',
      requestParams: { path, query: endpointQuery },
      responses: {
        ...problems(...codes, 'not-found', 'built-in-endpoint'),
        204: { description: 'Deleted.' },
      },
    }),
  },
  '/api/webhooks/{id}/rotate-secret': {
    post: operation('rotateSecret', 'Webhooks', 'Give an endpoint a new secret', {
      description: `For ${SECRET_OVERLAP_HOURS} hours deliveries are also signed with the old secret. For \`${CALLBACKS_ENDPOINT}\` this is how an org obtains the secret.`,
      requestParams: { path, query: endpointQuery },
      responses: {
        ...problems(...codes, 'not-found'),
        200: json('The endpoint with its new secret.', endpointWithSecret),
      },
    }),
  },
  '/api/webhooks/{id}/ping': {
    post: operation('pingEndpoint', 'Webhooks', 'Send an endpoint an event of type `ping`', {
      requestParams: { path, query: endpointQuery },
      responses: {
        ...problems(...codes, 'not-found', 'built-in-endpoint', 'endpoint-disabled'),
        202: json('Queued; `Location` is the delivery.', deliveryResource),
      },
    }),
  },
  '/api/webhooks/{id}/recover': {
    post: operation('recoverDeliveries', 'Webhooks', 'Deliver what was missed since an instant', {
      description:
        'Failed deliveries since then are sent again with the same id and body. Events since then without a delivery, for example from while the endpoint was disabled, get one. Deliveries known to have succeeded are not repeated.',
      requestParams: { path, query: recoverQuery },
      responses: {
        ...problems(...codes, 'not-found', 'built-in-endpoint', 'endpoint-disabled'),
        202: json('Started.', recovery),
      },
    }),
  },
  '/api/webhooks/{id}/deliveries': {
    get: operation('listDeliveries', 'Webhooks', 'List the deliveries of an endpoint, newest first', {
      requestParams: { path, query: deliveriesQuery },
      responses: {
        ...problems(...codes, 'not-found', 'invalid-cursor'),
        200: {
          ...json('The deliveries.', z.array(deliveryResource)),
          headers: z.object({
            Link: z
              .string()
              .optional()
              .meta({ description: 'RFC 8288: `<…>; rel="next"`, while more follow.' }),
          }),
        },
      },
    }),
  },
  '/api/webhooks/{id}/deliveries/{deliveryId}': {
    get: operation('getDelivery', 'Webhooks', 'Read a delivery, its attempts and its body', {
      requestParams: { path: deliveryPath, query: endpointQuery },
      responses: { ...problems(...codes, 'not-found'), 200: json('The delivery.', loggedDelivery) },
    }),
  },
  '/api/webhooks/{id}/deliveries/{deliveryId}/redeliver': {
    post: operation('redeliver', 'Webhooks', 'Send a delivery again, whatever its status', {
      description: 'Sends the same id and body; the retry schedule restarts.',
      requestParams: { path: deliveryPath, query: endpointQuery },
      responses: {
        ...problems(...codes, 'not-found'),
        202: json('Queued.', deliveryResource),
      },
    }),
  },
};

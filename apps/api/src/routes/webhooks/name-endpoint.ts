// Which endpoint a path means. An id of another org, a random one and what is no id at all are the same to whoever
// asks: there is none.

import { CALLBACKS_ENDPOINT, endpointQuery, parseWebhookId } from '@slotline/contract';
import { callbacksEndpointIdOf, type DeliveryName, type EndpointName } from '@slotline/db';
import type { Request } from 'express';
import { z } from 'zod';
import { parseOrRefuse } from '../../http/parse-or-refuse.ts';
import { ProblemError } from '../../http/problem-error.ts';

export interface NamedEndpoint extends EndpointName {
  /** As the path has it: the id, or the alias of the built-in one. */
  readonly name: string;
  readonly isCallbacks: boolean;
}

const uuid = z.uuid();

/** Throws the problem when the query or the id cannot be one; whether there is such an endpoint only the database knows. */
export function nameEndpoint(req: Request<{ id: string }>): NamedEndpoint {
  return toEndpoint(parseOrRefuse(endpointQuery, req.query).orgId, req.params.id);
}

/** The same for an org that was read from another query. */
export function toEndpoint(orgId: string, id: string): NamedEndpoint {
  const alias = { name: CALLBACKS_ENDPOINT, isCallbacks: true, endpointId: callbacksEndpointIdOf(orgId) };
  if (id === CALLBACKS_ENDPOINT) return { orgId, ...alias };
  const endpointId = id.toLowerCase();
  if (!uuid.safeParse(endpointId).success) throw noSuchEndpoint();
  if (endpointId === alias.endpointId) return { orgId, ...alias };
  return { orgId, endpointId, name: endpointId, isCallbacks: false };
}

/** For what the built-in endpoint cannot: it has no URL of its own and nothing to be changed. */
export function nameOwnEndpoint(req: Request<{ id: string }>): NamedEndpoint {
  return refuseCallbacks(nameEndpoint(req));
}

export function refuseCallbacks(endpoint: NamedEndpoint): NamedEndpoint {
  if (!endpoint.isCallbacks) return endpoint;
  throw new ProblemError('built-in-endpoint', {
    detail: 'Every org has this endpoint. Its deliveries can be read and repeated and its secret rotated.',
  });
}

export function nameDelivery(
  req: Request<{ id: string; deliveryId: string }>,
): DeliveryName & { readonly endpoint: NamedEndpoint } {
  const endpoint = nameEndpoint(req);
  const deliveryId = parseWebhookId(req.params.deliveryId);
  if (deliveryId === undefined) throw noSuchDelivery();
  return { orgId: endpoint.orgId, endpointId: endpoint.endpointId, deliveryId, endpoint };
}

export function noSuchEndpoint(): ProblemError {
  return new ProblemError('not-found', { detail: 'The org has no webhook endpoint with this id.' });
}

export function noSuchDelivery(): ProblemError {
  return new ProblemError('not-found', { detail: 'The endpoint has no delivery with this id.' });
}

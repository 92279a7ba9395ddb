// Which endpoint a path means. An id of another org, a random one and what is no id at all are the same to whoever
// asks: there is none.

import { CALLBACKS_ENDPOINT, endpointQuery, parseWebhookId } from '@slotline/contract';
import { callbacksEndpointIdOf, type DeliveryName, type EndpointName } from '@slotline/db';
import type { Request } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../../access/parse-for-org.ts';
import { ProblemError } from '../../http/problem-error.ts';

export interface NamedEndpoint extends EndpointName {
  /** As the path has it: the id, or the alias of the built-in one. */
  readonly name: string;
  readonly isCallbacks: boolean;
}

const uuid = z.uuid();

/** Throws the problem when the query or the id cannot be one; whether there is such an endpoint only the database knows. */
export function nameEndpoint(req: Request<{ id: string }>): NamedEndpoint {
  return toEndpoint(parseForOrg(endpointQuery, req.query, req).orgId, req.params.id);
}

/** The same for an org that was read from another query. */
export function toEndpoint(orgId: string, id: string): NamedEndpoint {
  const endpoint = findNamed(orgId, id);
  if (endpoint === undefined) throw noSuchEndpoint();
  return endpoint;
}

function findNamed(orgId: string, id: string): NamedEndpoint | undefined {
  const callbacks = callbacksEndpointIdOf(orgId);
  const endpointId = id === CALLBACKS_ENDPOINT ? callbacks : id.toLowerCase();
  if (!uuid.safeParse(endpointId).success) return undefined;
  const isCallbacks = endpointId === callbacks;
  return { orgId, endpointId, isCallbacks, name: isCallbacks ? CALLBACKS_ENDPOINT : endpointId };
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

/** Whether the endpoint or the delivery is missing makes no difference: who may not see one learns nothing of it. */
export function nameDelivery(
  req: Request<{ id: string; deliveryId: string }>,
): DeliveryName & { readonly endpoint: NamedEndpoint } {
  const { orgId } = parseForOrg(endpointQuery, req.query, req);
  const endpoint = findNamed(orgId, req.params.id);
  const deliveryId = parseWebhookId(req.params.deliveryId);
  if (endpoint === undefined || deliveryId === undefined) throw noSuchDelivery();
  return { orgId, endpointId: endpoint.endpointId, deliveryId, endpoint };
}

export function noSuchEndpoint(): ProblemError {
  return new ProblemError('not-found', { detail: 'The org has no webhook endpoint with this id.' });
}

export function noSuchDelivery(): ProblemError {
  return new ProblemError('not-found', { detail: 'The endpoint has no delivery with this id.' });
}

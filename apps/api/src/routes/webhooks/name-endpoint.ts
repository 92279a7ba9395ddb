// Resolves the endpoint of a path. An id of another org, an unknown id and a malformed one get the same
// answer: there is no such endpoint.

import { CALLBACKS_ENDPOINT, endpointQuery, parseWebhookId } from '@slotline/contract';
import { callbacksEndpointIdOf, type DeliveryName, type EndpointName } from '@slotline/db';
import type { Request } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../../access/parse-for-org.ts';
import { ProblemError } from '../../http/problem-error.ts';

export interface NamedEndpoint extends EndpointName {
  /** As in the path: the id, or the alias of the built-in endpoint. */
  readonly name: string;
  readonly isCallbacks: boolean;
}

const uuid = z.uuid();

/**
 * Throws the problem when the query or the id is malformed; only the database knows whether the endpoint
 * exists.
 */
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

/** For operations that the built-in endpoint does not support: it has no single URL and no settings. */
export function nameOwnEndpoint(req: Request<{ id: string }>): NamedEndpoint {
  return refuseCallbacks(nameEndpoint(req));
}

export function refuseCallbacks(endpoint: NamedEndpoint): NamedEndpoint {
  if (!endpoint.isCallbacks) return endpoint;
  throw new ProblemError('built-in-endpoint', {
    detail: 'Every org has this endpoint. Its deliveries can be read and repeated and its secret rotated.',
  });
}

/** The answer does not reveal whether the endpoint or the delivery is missing. */
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

// Ids that follow from what they identify, so that a step done twice makes the same row and not a second one.

import { deriveRequestId } from '../request-ids.ts';

/** The id of the delivery that tells an endpoint of one thing about a request: equal parts, equal id. */
export function deliveryIdOf({
  endpointId,
  eventType,
  requestId,
  sequence,
}: {
  endpointId: string;
  eventType: string;
  requestId: string;
  /** Tells the versions of one batch apart; `null` for what is said of the request as a whole. */
  sequence: number | null;
}): string {
  return deriveRequestId('delivery', endpointId, eventType, requestId, String(sequence));
}

/** The id of the org's built-in endpoint for `callbackUrl`. */
export function callbacksEndpointIdOf(orgId: string): string {
  return deriveRequestId('callbacks', orgId);
}

// Ids derived from what they identify, so that a repeated step writes the same row instead of a second one.

import { deriveRequestId } from '../records/request-ids.ts';

/** Id of the delivery of one fact about a request to an endpoint: equal parts give equal ids. */
export function deliveryIdOf({
  endpointId,
  eventType,
  requestId,
  sequence,
}: {
  endpointId: string;
  eventType: string;
  requestId: string;
  /** Distinguishes the versions of one batch; `null` for a fact about the whole request. */
  sequence: number | null;
}): string {
  return deriveRequestId('delivery', endpointId, eventType, requestId, String(sequence));
}

/** Id of the org's built-in endpoint for `callbackUrl`. */
export function callbacksEndpointIdOf(orgId: string): string {
  return deriveRequestId('callbacks', orgId);
}

// The deliverer's step before it sends.

import type { Database } from '../database.ts';
import type { DeliveryRecord } from './delivery-record.ts';
import type { EndpointKind } from './endpoint-record.ts';

export type ClaimedDelivery = DeliveryRecord & {
  /** The number of this attempt and its fencing token. */
  readonly attempt: number;
  /** The same, counted since the delivery was made or last redelivered: for the schedule. */
  readonly attemptOfSchedule: number;
  readonly body: string;
  /** The current one, then the one before it until its end. */
  readonly sealedSecrets: readonly string[];
  readonly endpointKind: EndpointKind;
};

export async function claimAttempt(
  _db: Database,
  _options: { deliveryId: string; attemptsBefore: number; leaseMs: number },
): Promise<ClaimedDelivery | undefined> {
  throw new TypeError('not built yet');
}

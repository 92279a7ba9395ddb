// The dispatcher's step.

import type { Database } from '../database.ts';

export interface DueDelivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly orgId: string;
  readonly url: string;
  /** What {@link claimAttempt} wants to see as `attemptsBefore`. */
  readonly attempts: number;
}

export async function takeDueDeliveries(
  _db: Database,
  _options: { limit: number; leaseMs: number },
): Promise<readonly DueDelivery[]> {
  throw new TypeError('not built yet');
}

export async function deferDeliveries(
  _db: Database,
  _options: { deliveryIds: readonly string[]; delayMs: number },
): Promise<void> {
  throw new TypeError('not built yet');
}

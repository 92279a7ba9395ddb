// The first statement of whatever is done to one delivery on behalf of an attempt. It is one of its own so that the
// next one sees the row as it was locked, and finds it by its place: by key, a plan made on empty tables may take
// any index.

import type { DeliveryStatus } from './delivery-record.ts';
import { runPrepared, type Session } from './run.ts';

export const LOCK_ATTEMPT = `
  select ctid::text as place, org_key, status, attempts, attempts_before from deliveries
  where delivery_id = $1::uuid limit 1 for update`;

const LOCK = { name: 'lock-attempt', text: LOCK_ATTEMPT };

export interface LockedDelivery {
  /** Where its row is, for as long as the transaction holds it. */
  readonly place: string;
  readonly org_key: number;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** How many of them belong to a schedule before the current one: the delivery was made pending anew since. */
  readonly attempts_before: number;
}

/** Locks the row of a delivery, waiting for whoever holds it; `undefined` when there is none. */
export async function lockDelivery(
  session: Session,
  deliveryId: string,
): Promise<LockedDelivery | undefined> {
  const [locked] = await runPrepared<LockedDelivery>(session, LOCK, [deliveryId]);
  return locked;
}

// The first statement of whatever is done to one delivery on behalf of an attempt. It is one of its own so that the
// next one sees the row as it was locked, and finds it by its place: joined by key, a plan made on empty tables may
// take any index.

import type { Statement } from '../decider/statement.ts';

/** Waits for whoever holds the row. */
export const LOCK_ATTEMPT = 'select from deliveries where delivery_id = $1::uuid limit 1 for update';

/** The place of the row that is locked, for a statement behind that whose `$1` is the delivery. */
export const LOCKED_PLACE = '(select ctid from deliveries where delivery_id = $1::uuid limit 1)';

export function lockDelivery(deliveryId: string): Statement {
  return { name: 'lock-attempt', text: LOCK_ATTEMPT, values: [deliveryId] };
}

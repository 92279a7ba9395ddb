// The first statement of every change of one delivery for an attempt. It is separate so that the next statement
// sees the row as locked and finds it by its place. Joined by key, a plan made on empty tables could use any index.

import type { Statement } from '../sql/statement.ts';

/** Waits until the row is free. */
export const LOCK_ATTEMPT = 'select from deliveries where delivery_id = $1::uuid limit 1 for update';

/** The place of the locked row, for a later statement whose `$1` is the delivery. */
export const LOCKED_PLACE = '(select ctid from deliveries where delivery_id = $1::uuid limit 1)';

export function lockDelivery(deliveryId: string): Statement {
  return { name: 'lock-attempt', text: LOCK_ATTEMPT, values: [deliveryId] };
}

// Lists holds that were not confirmed in time, by the server's clock. Releasing a hold is an ordinary request,
// decided in order with all others, so a listed hold may be confirmed before its release is decided.

import { formatInstant, type Instant } from '@slotline/core';

import type { Database } from './sql/database.ts';
import { epochMsText } from './sql/instants.ts';
import { readRows, type ReadStatement } from './sql/read-rows.ts';
import { deriveRequestId } from './records/request-ids.ts';

export interface DueHold {
  readonly orgId: string;
  readonly appointmentId: string;
  /** The version in which it is held. */
  readonly version: number;
  readonly heldUntil: Instant;
}

// The status is a literal: with a parameter the partial index would not match, and each call would read all
// appointments.
export const LIST_DUE_HOLDS: ReadStatement = {
  name: 'list-due-holds',
  text: `
  select o.org_id as "orgId", a.appointment_id as "appointmentId", a.version,
    ${epochMsText('a.held_until')} as "heldUntil"
  from appointments a
  cross join lateral (select org_id from orgs where org_key = a.org_key limit 1) o
  where a.status = 'held' and a.held_until >= $1::timestamptz and a.held_until <= now()
    and (a.held_until, o.org_id, a.appointment_id) > ($1::timestamptz, $2::text, $3::text)
  order by a.held_until, o.org_id, a.appointment_id
  limit $4`,
};

/**
 * Due holds of all orgs, longest due first, at most `limit`. With `after`, only those that follow it. Reads the
 * index of held appointments, so the number of booked ones does not affect the cost.
 */
export async function listDueHolds(
  db: Database,
  { limit, after }: { limit: number; after?: DueHold | undefined },
): Promise<readonly DueHold[]> {
  const place = after
    ? [formatInstant(after.heldUntil), after.orgId, after.appointmentId]
    : ['-infinity', '', ''];
  return readRows<DueHold>(db, LIST_DUE_HOLDS, [...place, limit]);
}

/**
 * Id of the request that releases this hold. Derived from the hold, so every caller makes the same request and it
 * is decided once.
 */
export function expiryRequestId({ orgId, appointmentId, version }: Omit<DueHold, 'heldUntil'>): string {
  return deriveRequestId('expire', orgId, appointmentId, String(version));
}

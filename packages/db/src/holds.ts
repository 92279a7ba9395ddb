// Holds that nobody confirmed in time, by the server's clock. Releasing one is a request like any other, decided
// in order with everything else, so what is listed here may be confirmed by the time that is decided.

import { formatInstant, type Instant } from '@slotline/core';

import type { Database } from './database.ts';
import { epochMsText } from './instants.ts';
import { readRows, type ReadStatement } from './read-rows.ts';
import { deriveRequestId } from './request-ids.ts';

export interface DueHold {
  readonly orgId: string;
  readonly appointmentId: string;
  /** The version that is held. */
  readonly version: number;
  readonly heldUntil: Instant;
}

// What is held stands in the text: as a parameter it would match no partial index, and every look read all appointments.
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
 * Due holds of all orgs, longest due first, at most `limit`; with `after`, the ones that follow that one. Reads
 * the index of what is held, so it costs nothing that many others are booked.
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

/** The request that releases this hold: whoever asks for it asks for the same one, and it is decided once. */
export function expiryRequestId({ orgId, appointmentId, version }: Omit<DueHold, 'heldUntil'>): string {
  return deriveRequestId('expire', orgId, appointmentId, String(version));
}

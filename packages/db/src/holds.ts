// Holds that nobody confirmed in time, by the server's clock. Releasing one is a request like any other, decided
// in order with everything else, so what is listed here may be confirmed by the time that is decided.

import type { Instant } from '@slotline/core';
import { sql } from 'kysely';

import type { Database } from './database.ts';
import { failing } from './failure.ts';
import { atInstant, epochMs } from './instants.ts';
import { deriveRequestId } from './request-ids.ts';

export interface DueHold {
  readonly orgId: string;
  readonly appointmentId: string;
  /** The version that is held. */
  readonly version: number;
  readonly heldUntil: Instant;
}

/**
 * Due holds of all orgs, longest due first, at most `limit`; with `after`, the ones that follow that one. Reads
 * the index of what is held, so it costs nothing that many others are booked.
 */
export async function listDueHolds(
  db: Database,
  { limit, after }: { limit: number; after?: DueHold | undefined },
): Promise<readonly DueHold[]> {
  return failing(() => selectDueHolds(db, limit, after).execute());
}

function selectDueHolds(db: Database, limit: number, after: DueHold | undefined) {
  return db.kysely
    .selectFrom('appointments as a')
    .innerJoin('orgs as o', 'o.org_key', 'a.org_key')
    .select(['o.org_id as orgId', 'a.appointment_id as appointmentId', 'a.version'])
    .select((eb) => epochMs(eb.ref('a.held_until')).as('heldUntil'))
    .where('a.status', '=', 'held')
    .where('a.held_until', '<=', sql<Instant>`now()`)
    .$if(after !== undefined, (qb) => qb.where(follows(after as DueHold)))
    .orderBy('a.held_until')
    .orderBy('o.org_id')
    .orderBy('a.appointment_id')
    .limit(limit);
}

// The first condition says nothing new; it is the one that the index understands.
function follows({ heldUntil, orgId, appointmentId }: DueHold) {
  return sql<boolean>`a.held_until >= ${atInstant(heldUntil)}
    and (a.held_until, o.org_id, a.appointment_id) > (${atInstant(heldUntil)}, ${orgId}, ${appointmentId})`;
}

/** The request that releases this hold: whoever asks for it asks for the same one, and it is decided once. */
export function expiryRequestId({ orgId, appointmentId, version }: Omit<DueHold, 'heldUntil'>): string {
  return deriveRequestId('expire', orgId, appointmentId, String(version));
}

// Appointments that a group does not name but that matter to it: they block a book, or are near one that is
// refused.

import { INSTANT_MIN, type Appointment, type Blocker } from '@slotline/core';

import { epochMsText } from '../sql/instants.ts';
import type { Entry } from './entry.ts';

export type BystanderRow = Blocker & { readonly org_key: number; readonly resource_key: number };

/** An appointment with the key of its org. */
export type OfOrg = readonly [orgKey: number, appointment: Appointment];

/** The columns that look-ups for bystanders select from table or alias `b`: a {@link BystanderRow}. */
export const BYSTANDER_COLUMNS = `b.org_key, b.resource_key, b.appointment_id as id, b.version,
    ${epochMsText('b.starts_at')} as start, ${epochMsText('b.ends_at')} as "end"`;

/** The columns of `appointments` that those look-ups read. */
export const BYSTANDER_SOURCE = 'org_key, resource_key, appointment_id, version, starts_at, ends_at';

/** Must match the predicate of the index of live appointments literally, or the planner does not use the index. */
export const IS_LIVE = "status in ('booked', 'held')";

// Only the facts that a conflict reports are loaded. The others are never read: a request that writes an
// appointment names it, and named ones are loaded completely.
const UNREAD = {
  createdAt: INSTANT_MIN,
  updatedAt: INSTANT_MIN,
  status: 'booked',
  heldUntil: null,
  metadata: null,
} as const;

/** Converts the rows to appointments of the resources that the entries' books request. */
export function toBystanders(entries: readonly Entry[], rows: readonly BystanderRow[]): readonly OfOrg[] {
  if (rows.length === 0) return [];
  const resourceIds = new Map<number, string>();
  for (const { books } of entries) {
    for (const { book, resourceKey } of books) resourceIds.set(resourceKey, book.resourceId);
  }
  return rows.map(({ org_key: orgKey, resource_key: resourceKey, ...bystander }) => [
    orgKey,
    { ...bystander, ...UNREAD, resourceId: resourceIds.get(resourceKey) ?? '' },
  ]);
}

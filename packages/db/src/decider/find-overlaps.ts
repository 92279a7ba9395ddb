// Finds the appointments that overlap an interval through the index of the exclusion constraint. Only for a request
// that the constraint refused: this finds rows that the look-ups of a group missed or could not see yet.

import { CONFLICTS_NAMED_MAX, formatInstant, type Blocker, type Book } from '@slotline/core';
import type pg from 'pg';

import { epochMsText } from '../sql/instants.ts';
import { toBinaryArray } from '../sql/binary-array.ts';
import { IS_LIVE } from './bystanders.ts';
import { appointmentIdsOf, type Entry } from './entry.ts';
import { occupiedBox } from './occupied-box.ts';
import { sendTogether } from '../sql/round-trip.ts';

export const FIND_OVERLAPS = `
  select appointment_id as id, version,
    ${epochMsText('starts_at')} as start, ${epochMsText('ends_at')} as "end"
  from appointments
  where ${IS_LIVE}
    and ${occupiedBox('resource_key', 'starts_at', 'ends_at')}
      && ${occupiedBox('$1::bigint', '$2::timestamptz', '$3::timestamptz')}
    and not (org_key = $4 and appointment_id = any ($5::text[]))
  order by starts_at limit ${CONFLICTS_NAMED_MAX}`;

/** Returns the first blockers of each book, by start, except appointments that the request itself names. */
export async function findOverlaps(
  client: pg.ClientBase,
  entry: Entry,
): Promise<ReadonlyMap<Book, readonly Blocker[]>> {
  const own = toBinaryArray('text', appointmentIdsOf(entry));
  const answers = await sendTogether(
    client,
    entry.books.map(({ book: { start, end }, resourceKey }) => ({
      name: 'find-overlaps',
      text: FIND_OVERLAPS,
      values: [resourceKey, formatInstant(start), formatInstant(end), entry.orgKey, own],
    })),
  );
  return new Map(
    entry.books.map(({ book }, at) => [book, (answers[at]?.rows ?? []) as unknown as Blocker[]]),
  );
}

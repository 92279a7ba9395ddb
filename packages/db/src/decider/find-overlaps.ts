// Who overlaps an interval, asked of the exclusion constraint's own index. Only for the request that the
// constraint refused: this finds what the look-ups of a group did not, or did not see yet.

import { CONFLICTS_NAMED_MAX, formatInstant, type Blocker } from '@slotline/core';
import type pg from 'pg';

import { epochMsText } from '../instants.ts';
import type { Entry } from './entry.ts';
import { sendTogether } from './statement.ts';

const FIND_OVERLAPS = `
  select appointment_id as id, version,
    ${epochMsText('starts_at')} as start, ${epochMsText('ends_at')} as "end"
  from appointments
  where resource_key = $1 and status = 'booked'
    and tstzrange(starts_at, ends_at) && tstzrange($2::timestamptz, $3::timestamptz)
    and not (org_key = $4 and appointment_id = $5)
  order by starts_at limit ${CONFLICTS_NAMED_MAX}`;

/** The first blockers of a book, by start; `[]` for anything else. */
export async function findOverlaps(client: pg.ClientBase, entry: Entry): Promise<readonly Blocker[]> {
  const { request, resourceKey, orgKey, appointmentId } = entry;
  if (request?.operation !== 'book' || resourceKey === undefined) return [];
  const interval = [formatInstant(request.start), formatInstant(request.end)];
  const values = [resourceKey, ...interval, orgKey, appointmentId];
  const [found] = await sendTogether(client, [{ name: 'find-overlaps', text: FIND_OVERLAPS, values }]);
  return (found?.rows ?? []) as unknown as Blocker[];
}

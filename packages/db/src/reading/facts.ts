// The columns of an appointment that every read selects, and the look-ups of the keys of its org and resource. A
// key is looked up first, on its own, and all joins are lateral to it: the planner then knows that it is a single
// value, and an index scan keeps its order.

import { epochMsText } from '../sql/instants.ts';
import { jsonBytes, ROW_BYTES } from '../sql/page-bytes.ts';

/** The org whose id is parameter 1: one row `o`, or none. */
export const ORG = '(select * from orgs where org_id = $1 limit 1) o';

/** The org's resource whose id is parameter `place`: one row `r`, or none. To be used after {@link ORG}. */
export function ofResource(place: string): string {
  return `cross join lateral (
    select * from resources where org_key = o.org_key and resource_id = ${place} limit 1
  ) r`;
}

/** For rows `a` with an `org_id`: the row `o` that {@link FACTS} reads. Costs nothing. */
export const ORG_OF_ROW = 'cross join lateral (select a.org_id) o';

/** Size of a row of facts in bytes: its fixed part and its variable columns. */
export const FACTS_BYTES = `${ROW_BYTES} + octet_length(appointment_id) + ${jsonBytes('metadata')}`;

/** The columns of an {@link AppointmentRecord}, from a row `a` of either table and its org `o`. */
export const FACTS = `
  a.appointment_id as id, o.org_id as "orgId", a.status, a.version, a.metadata,
  (select resource_id from resources where resource_key = a.resource_key) as "resourceId",
  ${epochMsText('a.starts_at')} as start, ${epochMsText('a.ends_at')} as "end",
  ${epochMsText('a.created_at')} as "createdAt", ${epochMsText('a.updated_at')} as "updatedAt",
  ${epochMsText('a.held_until')} as "heldUntil", ${epochMsText('a.recorded_at')} as "recordedAt"`;

/** The columns of a {@link VersionRecord}, from a row `a` of `appointment_versions`. */
export const VERSION_FACTS = `${FACTS}, a.request_id as "requestId", a.sequence`;

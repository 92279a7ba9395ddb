// The facts of an appointment as every read selects them, and its org's and resource's keys. Keys and names come
// from sub-queries, not joins: the planner then knows that they are single values, and an index scan keeps its order.

import { epochMsText } from './instants.ts';

/** The key of the org whose id is the first parameter; null when there is none. */
export const ORG_KEY = '(select org_key from orgs where org_id = $1)';

/** The key of that org's resource whose id is this parameter. */
export function resourceKey(place: string): string {
  return `(select resource_key from resources where org_key = ${ORG_KEY} and resource_id = ${place})`;
}

/** The columns of an {@link AppointmentRecord}, of a row `a` of either table, for the org of the first parameter. */
export const FACTS = `
  a.appointment_id as id, $1::text as "orgId", a.status, a.version, a.metadata,
  (select resource_id from resources where resource_key = a.resource_key) as "resourceId",
  ${epochMsText('a.starts_at')} as start, ${epochMsText('a.ends_at')} as "end",
  ${epochMsText('a.created_at')} as "createdAt", ${epochMsText('a.updated_at')} as "updatedAt",
  ${epochMsText('a.held_until')} as "heldUntil", ${epochMsText('a.recorded_at')} as "recordedAt"`;

/** Those of a {@link VersionRecord}, of a row `a` of `appointment_versions`. */
export const VERSION_FACTS = `${FACTS}, a.request_id as "requestId", a.sequence`;

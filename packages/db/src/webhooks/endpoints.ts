// Reads endpoints.

import { failing } from '../sql/failure.ts';
import type { Database } from '../sql/database.ts';
import { epochMsText } from '../sql/instants.ts';
import type { EndpointName, EndpointRecord } from './endpoint-record.ts';
import { run, runAlone, type Session } from '../sql/run.ts';

/** The columns of an {@link EndpointRecord}, from an endpoint `e` and its org `o`. */
export const ENDPOINT_COLUMNS = `
  e.endpoint_id as "endpointId", o.org_id as "orgId", e.kind, e.url, e.events, e.description,
  e.disabled_at is null as "isEnabled", e.disabled_reason as "disabledReason",
  ${epochMsText('e.disabled_at')} as "disabledAt", ${epochMsText('e.failing_since')} as "failingSince",
  ${epochMsText('e.created_at')} as "createdAt",
  case when e.previous_secret_until > statement_timestamp()
    then ${epochMsText('e.previous_secret_until')} end as "hasPreviousSecretUntil"`;

export const LIST_ENDPOINTS = `
  select ${ENDPOINT_COLUMNS}
  from (select * from orgs where org_id = $1 limit 1) o
  cross join lateral (
    select * from endpoints where org_key = o.org_key and deleted_at is null limit 1000
  ) e
  order by e.created_at, e.endpoint_id`;

export const FIND_ENDPOINT = `
  select ${ENDPOINT_COLUMNS}
  from (select * from orgs where org_id = $1 limit 1) o
  cross join lateral (
    select * from endpoints
    where org_key = o.org_key and endpoint_id = $2::uuid and deleted_at is null limit 1
  ) e`;

/** Lists the org's endpoints, oldest first, including the built-in one for callbacks once it exists. */
export async function listEndpoints(db: Database, orgId: string): Promise<readonly EndpointRecord[]> {
  return runAlone<EndpointRecord>(db, LIST_ENDPOINTS, [orgId]);
}

/** `undefined` if the org has no such endpoint or it was deleted. */
export async function findEndpoint(db: Database, name: EndpointName): Promise<EndpointRecord | undefined> {
  return failing(() => findEndpointIn(db.pool, name));
}

/** {@link findEndpoint} inside a transaction. */
export async function findEndpointIn(
  session: Session,
  { orgId, endpointId }: EndpointName,
): Promise<EndpointRecord | undefined> {
  const [endpoint] = await run<EndpointRecord>(session, FIND_ENDPOINT, [orgId, endpointId]);
  return endpoint;
}

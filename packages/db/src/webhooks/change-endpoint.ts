// Changes and deletes endpoints. Of the endpoint for callbacks only the secret can change.
//
// Lock order: an attempt locks its delivery first and its endpoint second. So a transaction that holds an
// endpoint's row never waits for the row of a delivery.

import { formatInstant, type Instant } from '@slotline/core';

import type { Database } from '../sql/database.ts';
import { toArrayLiteral } from '../sql/array-literal.ts';
import type { EndpointName, EndpointRecord } from './endpoint-record.ts';
import { ENDPOINT_COLUMNS } from './endpoints.ts';
import { NOW, run, runAlone, transact } from '../sql/run.ts';
import { dropPending } from './settle-endpoints.ts';

/** Absent members stay unchanged. */
export interface EndpointChange extends EndpointName {
  readonly url?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly isEnabled?: boolean | undefined;
}

export const CHANGE_ENDPOINT = `
  update endpoints e set
    url = coalesce($3, e.url),
    events = coalesce($4::text[], e.events),
    description = coalesce($5, e.description),
    decision_sequence = case when $6::boolean and e.disabled_at is not null
      then greatest(e.decision_sequence, o.decision_sequence) else e.decision_sequence end,
    failing_since = case when $6 then null else e.failing_since end,
    disabled_at = case when $6 then null when not $6 then coalesce(e.disabled_at, ${NOW})
      else e.disabled_at end,
    disabled_reason = case when $6 then null when not $6 then coalesce(e.disabled_reason, 'by-request')
      else e.disabled_reason end,
    has_waiting = e.has_waiting or coalesce(not $6, false)
  from orgs o
  where o.org_id = $1 and e.org_key = o.org_key and e.endpoint_id = $2::uuid
    and e.kind = 'endpoint' and e.deleted_at is null
  returning ${ENDPOINT_COLUMNS}`;

/**
 * Changes the given members and returns the changed endpoint; `undefined` if the org has no such endpoint. A
 * disabled endpoint gets no new deliveries, and its pending ones wait. Enabling continues with decisions made from
 * now on (`recoverDeliveries` brings back what it missed), clears its failures, and lets pending deliveries
 * continue.
 */
export async function changeEndpoint(
  db: Database,
  { orgId, endpointId, url, events, description, isEnabled }: EndpointChange,
): Promise<EndpointRecord | undefined> {
  const [changed] = await runAlone<EndpointRecord>(db, CHANGE_ENDPOINT, [
    orgId,
    endpointId,
    url ?? null,
    events === undefined ? null : toArrayLiteral(events),
    description ?? null,
    isEnabled ?? null,
  ]);
  return changed;
}

export const ROTATE_SECRET = `
  update endpoints e set
    previous_sealed_secret = e.sealed_secret, previous_secret_until = $4::timestamptz, sealed_secret = $3
  from orgs o
  where o.org_id = $1 and e.org_key = o.org_key and e.endpoint_id = $2::uuid and e.deleted_at is null
  returning ${ENDPOINT_COLUMNS}`;

/**
 * Gives the endpoint a new secret. The previous one also signs until `previousUntil`; the one before that is
 * removed at once. `undefined` if the org has no such endpoint.
 */
export async function rotateSecret(
  db: Database,
  {
    orgId,
    endpointId,
    sealedSecret,
    previousUntil,
  }: EndpointName & { sealedSecret: string; previousUntil: Instant },
): Promise<EndpointRecord | undefined> {
  const values = [orgId, endpointId, sealedSecret, formatInstant(previousUntil)];
  const [rotated] = await runAlone<EndpointRecord>(db, ROTATE_SECRET, values);
  return rotated;
}

const DELETE_ENDPOINT = `
  update endpoints e set
    deleted_at = ${NOW}, sealed_secret = '', previous_sealed_secret = null, previous_secret_until = null
  from orgs o
  where o.org_id = $1 and e.org_key = o.org_key and e.endpoint_id = $2::uuid
    and e.kind = 'endpoint' and e.deleted_at is null
  returning e.org_key, e.endpoint_id`;

/**
 * Deletes the endpoint and its secrets; `false` if the org has no endpoint with that id. Pending deliveries are
 * `dropped`: the first thousand at once, the rest by later calls of `takeDueDeliveries`, which does not send them.
 * The log of its deliveries remains until it is pruned.
 */
export async function deleteEndpoint(db: Database, { orgId, endpointId }: EndpointName): Promise<boolean> {
  return transact(db, async (session) => {
    const [deleted] = await run<{ org_key: number; endpoint_id: string }>(session, DELETE_ENDPOINT, [
      orgId,
      endpointId,
    ]);
    if (deleted !== undefined) await dropPending(session, deleted);
    return deleted !== undefined;
  });
}

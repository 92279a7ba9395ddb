// Creates deliveries, pending and due at once. An existing id is left unchanged, so the same fact never makes a
// second delivery.

import type { Database } from '../sql/database.ts';
import type { DeliveryName, DeliveryRecord } from './delivery-record.ts';
import { DELIVERY_COLUMNS } from './deliveries.ts';
import { NOW, run, toArrays, transact, type Session } from '../sql/run.ts';

/** A new delivery as a row. */
export interface DeliveryRow {
  readonly delivery_id: string;
  readonly org_key: number;
  readonly endpoint_id: string;
  readonly event_type: string;
  readonly url: string;
  readonly request_id: string | null;
  readonly sequence: number | null;
  readonly body: string;
}

/** Rows per statement; with bodies of a few kB a statement is smaller than 10 MB. */
const ROWS_MAX = 1_000;

export const INSERT_DELIVERIES = `
  insert into deliveries
    (delivery_id, org_key, endpoint_id, event_type, url, request_id, sequence, body, status, due_at, created_at)
  select k.*, 'pending', ${NOW}, ${NOW}
  from unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::bigint[], $8::text[])
    as k(delivery_id, org_key, endpoint_id, event_type, url, request_id, sequence, body)
  on conflict (delivery_id, org_key) do nothing
  returning 1 as created`;

/** Inserts the rows that do not exist yet and returns their number. The rows of their endpoints must be locked. */
export async function insertDeliveries(session: Session, rows: readonly DeliveryRow[]): Promise<number> {
  let created = 0;
  for (let from = 0; from < rows.length; from += ROWS_MAX) {
    const values = toArrays(
      rows.slice(from, from + ROWS_MAX),
      ...(['delivery_id', 'org_key', 'endpoint_id', 'event_type'] as const),
      ...(['url', 'request_id', 'sequence', 'body'] as const),
    );
    created += (await run(session, INSERT_DELIVERIES, values)).length;
  }
  return created;
}

/**
 * Longer bodies cannot be stored. An outcome has up to 32 kB; outcomes decided by an earlier release may be longer.
 */
const BODY_LENGTH_MAX = 4_194_304;

/** Throws a RangeError for a body that the table would refuse, so that it does not fail a whole step. */
export function checkBody(body: string): void {
  if (body.length > BODY_LENGTH_MAX)
    throw new RangeError(`a body must have at most ${BODY_LENGTH_MAX} characters`);
  if (body.includes('\0') || !body.isWellFormed())
    throw new RangeError('a body must not contain U+0000 or a lone surrogate');
}

// A shared lock, so that the endpoint's row is not deleted during the transaction.
const HOLD_ENDPOINT = `
  select e.org_key from (select org_key from orgs where org_id = $1 limit 1) o
  cross join lateral (
    select org_key from endpoints
    where org_key = o.org_key and endpoint_id = $2::uuid and deleted_at is null limit 1 for share
  ) e`;

/**
 * Locks the endpoint until the end of the transaction and returns the key of its org; `undefined` if it does not
 * exist.
 */
export async function holdEndpoint(
  session: Session,
  { orgId, endpointId }: { orgId: string; endpointId: string },
): Promise<number | undefined> {
  const [held] = await run<{ org_key: number }>(session, HOLD_ENDPOINT, [orgId, endpointId]);
  return held?.org_key;
}

const FIND_MADE = `
  select ${DELIVERY_COLUMNS}
  from deliveries d cross join lateral (select org_id from orgs where org_key = d.org_key limit 1) o
  where d.delivery_id = $1::uuid and d.org_key = $2::int`;

/**
 * Creates a delivery that does not follow from a decision: a ping. If the id exists, nothing changes and the
 * existing delivery is returned. `undefined` if the org has no such endpoint.
 */
export async function createDelivery(
  db: Database,
  delivery: DeliveryName & { eventType: string; body: string; url: string },
): Promise<DeliveryRecord | undefined> {
  const { deliveryId, endpointId, eventType, body, url } = delivery;
  checkBody(body);
  return transact(db, async (session) => {
    const orgKey = await holdEndpoint(session, delivery);
    if (orgKey === undefined) return undefined;
    const identity = { delivery_id: deliveryId, org_key: orgKey, endpoint_id: endpointId };
    const facts = { event_type: eventType, url, body, request_id: null, sequence: null };
    await insertDeliveries(session, [{ ...identity, ...facts }]);
    const [made] = await run<DeliveryRecord>(session, FIND_MADE, [deliveryId, orgKey]);
    return made;
  });
}

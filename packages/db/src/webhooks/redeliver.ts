// Redelivers deliveries on request: one, or all that an endpoint missed since an instant.

import { formatInstant, type Instant } from '@slotline/core';

import type { Database } from '../sql/database.ts';
import { holdEndpoint } from './create-delivery.ts';
import type { DeliveryName, DeliveryRecord } from './delivery-record.ts';
import { DELIVERY_COLUMNS } from './deliveries.ts';
import type { EndpointName } from './endpoint-record.ts';
import { NOW, run, transact } from '../sql/run.ts';

export const LOCK_DELIVERY = `
  select d.org_key from (select org_key from orgs where org_id = $1 limit 1) o
  cross join lateral (
    select org_key, endpoint_id from deliveries
    where delivery_id = $3::uuid and org_key = o.org_key limit 1 for update
  ) d
  where d.endpoint_id = $2::uuid`;

export const REDELIVER = `
  update deliveries d
  set status = 'pending', due_at = ${NOW}, attempts_before = d.attempts, delivered_at = null
  from orgs o
  where o.org_id = $1 and d.delivery_id = $2::uuid and d.org_key = o.org_key
  returning ${DELIVERY_COLUMNS}`;

/**
 * Makes a delivery pending and due, whatever its status, with the same id and body; its schedule restarts. Attempt
 * numbers continue, so an attempt in flight cannot set the result of a later one. `undefined` if the endpoint does
 * not exist or has no such delivery. At a disabled endpoint the delivery waits until the endpoint is enabled.
 */
export async function redeliver(db: Database, name: DeliveryName): Promise<DeliveryRecord | undefined> {
  const { orgId, endpointId, deliveryId } = name;
  return transact(db, async (session) => {
    // Locks the delivery before its endpoint, in the same order as an attempt that ends.
    const locked = await run(session, LOCK_DELIVERY, [orgId, endpointId, deliveryId]);
    if (locked.length === 0 || (await holdEndpoint(session, name)) === undefined) return undefined;
    const [again] = await run<DeliveryRecord>(session, REDELIVER, [orgId, deliveryId]);
    return again;
  });
}

/** How many failed deliveries one call brings back. Takes about a second; call again for more. */
const RECOVERED_MAX = 10_000;

// A binary search: the decisions of an org have no gaps, and their times never go back.
export const REWIND_ENDPOINT = `
  with recursive named as (
    select e.org_key, e.decision_sequence from (select org_key from orgs where org_id = $1 limit 1) o
    cross join lateral (
      select org_key, decision_sequence from endpoints
      where org_key = o.org_key and endpoint_id = $2::uuid
        and kind = 'endpoint' and deleted_at is null limit 1
      for update
    ) e
  ), probe as (
    select org_key, 0::bigint as low, decision_sequence as high from named
    union all
    select p.org_key, case when r.is_before then p.middle else p.low end,
      case when r.is_before then p.high else p.middle - 1 end
    from (select org_key, low, high, (low + high + 1) / 2 as middle from probe where low < high) p
    cross join lateral (
      select decided_at < $3::timestamptz as is_before from requests
      where org_key = p.org_key and decision_sequence = p.middle limit 1
    ) r
  )
  update endpoints e set decision_sequence = p.low
  from (select org_key, low from probe where low >= high limit 1) p
  where e.org_key = p.org_key and e.endpoint_id = $2::uuid
  returning e.org_key`;

export const REQUEUE_FAILED = `
  update deliveries set status = 'pending', due_at = ${NOW}, attempts_before = attempts
  where ctid = any (array(
    select ctid from deliveries
    where org_key = $1::int and endpoint_id = $2::uuid and status = 'failed' and created_at >= $3::timestamptz
    order by created_at, delivery_key limit $4::int for update skip locked
  ))
  returning 1 as requeued`;

/**
 * Brings back what an endpoint missed since an instant. Failed deliveries created since then become pending, oldest
 * first, up to {@link RECOVERED_MAX}; the next steps of the fan-out create missing ones. A delivery that exists is
 * not created again; one that was pruned is. `undefined` if the org has no such endpoint.
 *
 * Enable a disabled endpoint before this call, because enabling continues with decisions made from then on.
 */
export async function recoverDeliveries(
  db: Database,
  { orgId, endpointId, since }: EndpointName & { since: Instant },
): Promise<{ requeued: number } | undefined> {
  const instant = formatInstant(since);
  return transact(db, async (session) => {
    const [rewound] = await run<{ org_key: number }>(session, REWIND_ENDPOINT, [orgId, endpointId, instant]);
    if (rewound === undefined) return undefined;
    const values = [rewound.org_key, endpointId, instant, RECOVERED_MAX];
    return { requeued: (await run(session, REQUEUE_FAILED, values)).length };
  });
}

// The deliverer's step before it sends: the attempt is on record before anything leaves (C44), so a delivery that
// kills its deliverer runs out of attempts instead of looping (C52). Everything is read anew: the endpoint may
// have changed since the wake-up (C51).

import { DELIVERY_ATTEMPTS_MAX } from '@slotline/core';

import type { Database } from '../database.ts';
import type { DeliveryRecord } from './delivery-record.ts';
import { DELIVERY_COLUMNS } from './deliveries.ts';
import type { EndpointKind } from './endpoint-record.ts';
import { lockDelivery, LOCKED_PLACE } from './lock-delivery.ts';
import { NOW, nowPlusMs, transactTogetherLazily } from './run.ts';

export type ClaimedDelivery = DeliveryRecord & {
  /** The number of this attempt and its fencing token. */
  readonly attempt: number;
  /** The same, counted since the delivery was made or last redelivered: for the schedule. */
  readonly attemptOfSchedule: number;
  readonly body: string;
  /** The current one, then the one before it until its end. */
  readonly sealedSecrets: readonly string[];
  readonly endpointKind: EndpointKind;
};

export const CLAIM_ATTEMPT = `
  with judged as materialized (
    select d.delivery_id, d.org_key, d.attempts, o.org_id, e.kind, e.url, e.sealed_secret,
      case when e.previous_secret_until > statement_timestamp() then e.previous_sealed_secret end
        as previous_secret,
      case
        when e.org_key is null or e.deleted_at is not null then 'drop'
        when e.disabled_at is not null then 'leave'
        when d.attempts - d.attempts_before >= $3::int then 'fail'
        else 'claim'
      end as verdict
    from deliveries d
    cross join lateral (select org_id from orgs where org_key = d.org_key limit 1) o
    left join lateral (
      select * from endpoints where org_key = d.org_key and endpoint_id = d.endpoint_id limit 1
    ) e on true
    where d.ctid = ${LOCKED_PLACE} and d.status = 'pending' and d.attempts = $4::int
  ), begun as (
    insert into delivery_attempts (delivery_id, org_key, attempt, started_at)
    select delivery_id, org_key, attempts + 1, ${NOW} from judged where verdict = 'claim'
  )
  update deliveries d set
    status = case o.verdict when 'drop' then 'dropped' when 'fail' then 'failed' else 'pending' end,
    due_at = case o.verdict when 'claim' then ${nowPlusMs('$2')} end,
    attempts = d.attempts + case o.verdict when 'claim' then 1 else 0 end,
    url = coalesce(o.url, d.url),
    last_status = case o.verdict when 'fail' then null else d.last_status end,
    last_error = case o.verdict when 'fail' then 'the last attempts never ended' else d.last_error end
  from judged o
  where d.ctid = ${LOCKED_PLACE} and o.verdict <> 'leave'
  returning ${DELIVERY_COLUMNS}, d.attempts as attempt, d.attempts - d.attempts_before as "attemptOfSchedule",
    d.body, o.kind as "endpointKind", o.verdict,
    array_remove(array[o.sealed_secret, o.previous_secret], null) as "sealedSecrets"`;

/**
 * Begins the next attempt of a delivery and holds it until the lease is over. `undefined` when there is none to
 * begin: somebody else began it, the delivery is over, its endpoint is disabled (then it is looked at again after
 * its lease), or its endpoint is deleted (then it is `dropped`). A delivery that has begun every attempt of its
 * schedule and never ended the last one is `failed` here.
 */
export async function claimAttempt(
  db: Database,
  { deliveryId, attemptsBefore, leaseMs }: { deliveryId: string; attemptsBefore: number; leaseMs: number },
): Promise<ClaimedDelivery | undefined> {
  // Of two claims of one attempt, the second waits for the lock and then finds the number moved on.
  const values = [deliveryId, leaseMs, DELIVERY_ATTEMPTS_MAX, attemptsBefore];
  const claim = { name: 'claim-attempt', text: CLAIM_ATTEMPT, values };
  type Claim = ClaimedDelivery & { verdict: string };
  const [, [row]] = await transactTogetherLazily<[object, Claim]>(db, [lockDelivery(deliveryId), claim]);
  if (row?.verdict !== 'claim') return undefined;
  const { verdict: _, ...claimed } = row;
  return claimed;
}

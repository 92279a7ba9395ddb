// Claims an attempt before it is sent. The attempt is stored before anything is sent (C44), so a delivery that
// kills its deliverer runs out of attempts instead of looping (C52). The endpoint is read again, because it may
// have changed since the wake-up (C51).

import { DELIVERY_ATTEMPTS_MAX } from '@slotline/core';

import type { Database } from '../sql/database.ts';
import type { DeliveryRecord } from './delivery-record.ts';
import { DELIVERY_COLUMNS } from './deliveries.ts';
import type { EndpointKind } from './endpoint-record.ts';
import { lockDelivery, LOCKED_PLACE } from './lock-delivery.ts';
import { NOW, nowPlusMs, transactTogetherLazily } from '../sql/run.ts';

export type ClaimedDelivery = DeliveryRecord & {
  /** Number of this attempt; also its fencing token. */
  readonly attempt: number;
  /** Number of this attempt since the delivery was created or last redelivered, for the schedule. */
  readonly attemptOfSchedule: number;
  readonly body: string;
  /** The current secret, then the previous one until its end. */
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
 * Begins the next attempt of a delivery and holds it until the lease expires. Returns `undefined` if no attempt
 * begins: another deliverer began it, the delivery has ended, its endpoint is disabled (then the delivery is taken
 * again after its lease), or its endpoint is deleted (then the delivery is `dropped`). A delivery whose schedule is
 * used up and whose last attempt never ended becomes `failed`.
 */
export async function claimAttempt(
  db: Database,
  { deliveryId, attemptsBefore, leaseMs }: { deliveryId: string; attemptsBefore: number; leaseMs: number },
): Promise<ClaimedDelivery | undefined> {
  // Of two claims of the same attempt, the second waits for the lock and then finds a higher attempt number.
  const values = [deliveryId, leaseMs, DELIVERY_ATTEMPTS_MAX, attemptsBefore];
  const claim = { name: 'claim-attempt', text: CLAIM_ATTEMPT, values };
  type Claim = ClaimedDelivery & { verdict: string };
  const [, [row]] = await transactTogetherLazily<[object, Claim]>(db, [lockDelivery(deliveryId), claim]);
  if (row?.verdict !== 'claim') return undefined;
  const { verdict: _, ...claimed } = row;
  return claimed;
}

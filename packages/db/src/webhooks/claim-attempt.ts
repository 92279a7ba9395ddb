// The deliverer's step before it sends: the attempt is on record before anything leaves (C44), so a delivery that
// kills its deliverer runs out of attempts instead of looping (C52). Everything is read anew: the endpoint may
// have changed since the wake-up (C51).

import { DELIVERY_ATTEMPTS_MAX } from '@slotline/core';

import type { Database } from '../database.ts';
import type { DeliveryRecord } from './delivery-record.ts';
import { DELIVERY_COLUMNS } from './deliveries.ts';
import type { EndpointKind } from './endpoint-record.ts';
import { NOW, nowPlusMs, run, transactLazily } from './run.ts';

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

// The row lock comes first: of two claims of one attempt, the second waits and then finds the number moved on.
export const CLAIM_ATTEMPT = `
  with locked as materialized (
    select * from (select * from deliveries where delivery_id = $1::uuid limit 1 for update) d
    where status = 'pending' and attempts = $2::int
  ), judged as materialized (
    select l.delivery_id, l.org_key, e.kind, e.url, e.sealed_secret,
      case when e.previous_secret_until > statement_timestamp() then e.previous_sealed_secret end as previous_secret,
      case
        when e.org_key is null or e.deleted_at is not null then 'drop'
        when e.disabled_at is not null then 'leave'
        when l.attempts - l.attempts_before >= $4::int then 'fail'
        else 'claim'
      end as verdict
    from locked l
    left join lateral (
      select * from endpoints where org_key = l.org_key and endpoint_id = l.endpoint_id limit 1
    ) e on true
  ), begun as (
    insert into delivery_attempts (delivery_id, org_key, attempt, started_at)
    select delivery_id, org_key, $2::int + 1, ${NOW} from judged where verdict = 'claim'
  )
  update deliveries d set
    status = case j.verdict when 'drop' then 'dropped' when 'fail' then 'failed' else 'pending' end,
    due_at = case j.verdict when 'claim' then ${nowPlusMs('$3')} end,
    attempts = d.attempts + case j.verdict when 'claim' then 1 else 0 end,
    url = coalesce(j.url, d.url),
    last_status = case j.verdict when 'fail' then null else d.last_status end,
    last_error = case j.verdict when 'fail' then 'the last attempts never ended' else d.last_error end
  from judged j
  cross join lateral (select org_id from orgs where org_key = j.org_key limit 1) o
  where d.delivery_id = j.delivery_id and d.org_key = j.org_key and j.verdict <> 'leave'
  returning ${DELIVERY_COLUMNS}, d.attempts as attempt, d.attempts - d.attempts_before as "attemptOfSchedule",
    d.body, j.kind as "endpointKind", j.verdict, array_remove(array[j.sealed_secret, j.previous_secret], null) as "sealedSecrets"`;

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
  const values = [deliveryId, attemptsBefore, leaseMs, DELIVERY_ATTEMPTS_MAX];
  const [row] = await transactLazily(db, (session) =>
    run<ClaimedDelivery & { verdict: string }>(session, CLAIM_ATTEMPT, values),
  );
  if (row?.verdict !== 'claim') return undefined;
  const { verdict: _, ...claimed } = row;
  return claimed;
}

// The two statements of an attempt. It is claimed before anything is sent (C44), so a delivery that kills its
// deliverer runs out of attempts instead of looping (C52), and the endpoint is read again, because it may have
// changed since the wake-up (C51). Afterwards its result is recorded. The attempt number is the fencing token: a
// deliverer that was paused beyond its lease finds a newer attempt and may only complete its own row of the log
// (C48).

import { DELIVERY_ATTEMPTS_MAX } from '@slotline/core';
import type { Database } from '../sql/database.ts';
import type { DeliveryRecord } from './delivery-record.ts';
import { DELIVERY_COLUMNS } from './deliveries.ts';
import type { EndpointKind } from './endpoint-record.ts';
import { NOW, nowPlusMs, transactTogetherLazily } from '../sql/run.ts';
import type { Statement } from '../sql/statement.ts';

// A change of a delivery for an attempt first locks its row by a separate statement, so that the next statement sees the
// row as locked and finds it by its place. Joined by key, a plan made on empty tables could use any index.

/** Waits until the row is free. */
export const LOCK_ATTEMPT = 'select from deliveries where delivery_id = $1::uuid limit 1 for update';

/** The place of the locked row, for a later statement whose `$1` is the delivery. */
const LOCKED_PLACE = '(select ctid from deliveries where delivery_id = $1::uuid limit 1)';

function lockDelivery(deliveryId: string): Statement {
  return { name: 'lock-attempt', text: LOCK_ATTEMPT, values: [deliveryId] };
}

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

/**
 * `retry` after `retryInMs`; `exhausted`: the schedule ended; `gone`: the receiver wants no more. The last two end
 * the delivery as `failed`.
 */
export interface AttemptResult {
  readonly kind: 'delivered' | 'retry' | 'gone' | 'exhausted';
  /** Required for `retry`. */
  readonly retryInMs?: number | undefined;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
  readonly tookMs: number;
}

export interface FinishedAttempt {
  /**
   * `false` if a newer attempt began, the delivery ended or it was redelivered. Delivery and endpoint are then
   * unchanged.
   */
  readonly isMine: boolean;
  /** Why this result disabled the endpoint. */
  readonly endpointDisabled: 'gone' | 'failing' | null;
}

const ERROR_LENGTH_MAX = 1_000;
/** How many characters of the receiver's response are kept: enough to see why it failed. */
const ANSWER_LENGTH_MAX = 4_096;

export const LOG_ATTEMPT = `
  update delivery_attempts set took_ms = $3::int, status = $4::int, error = $5, answer = $6
  where delivery_id = $1::uuid and attempt = $2::int and took_ms is null`;

const DISABLING = `
  case when $3 = 'gone' then 'gone'
    when $3 <> 'delivered' and e.failing_since <= ${NOW} - $7::bigint * interval '1 millisecond' then 'failing'
  end`;

// An attempt in flight while its delivery was redelivered belongs to the earlier schedule. The endpoint's row is
// written only if it changes, so not for each further success. It is found by its key, not its place, so that an
// endpoint whose cursor just moved is judged by its current state. `coalesce` prevents the planner from reading a
// partial index completely.
export const FINISH_ATTEMPT = `
  with mine as (
    update deliveries set
      status = case $3 when 'delivered' then 'delivered' when 'retry' then 'pending' else 'failed' end,
      due_at = case $3 when 'retry' then ${nowPlusMs('$4')} end,
      delivered_at = case $3 when 'delivered' then ${NOW} end,
      last_status = $5::int, last_error = $6
    where ctid = ${LOCKED_PLACE} and status = 'pending' and attempts = $2::int and attempts_before < $2::int
    returning org_key, endpoint_id
  ), judged as (
    update endpoints e set
      failing_since = case when $3 <> 'delivered' then coalesce(e.failing_since, ${NOW}) end,
      disabled_at = case when ${DISABLING} is not null then ${NOW} end,
      disabled_reason = ${DISABLING},
      has_waiting = e.has_waiting or ${DISABLING} is not null
    from mine m
    where e.org_key = m.org_key and e.endpoint_id = m.endpoint_id and e.kind = 'endpoint'
      and coalesce(e.deleted_at, e.disabled_at) is null
      and (${DISABLING} is not null or (e.failing_since is not null) = ($3 = 'delivered'))
    returning e.disabled_reason
  )
  select j.disabled_reason as "endpointDisabled" from mine left join judged j on true`;

/**
 * Records how the attempt ended, only if it is the delivery's last attempt, the delivery is still pending, and it
 * was not redelivered in between. The endpoint is `failing` from its first failure until its next success. One that
 * fails for `disableAfterMs` or is `gone` is disabled. Callbacks disable nothing.
 */
export async function finishAttempt(
  db: Database,
  {
    deliveryId,
    attempt,
    result,
    disableAfterMs,
  }: { deliveryId: string; attempt: number; result: AttemptResult; disableAfterMs: number },
): Promise<FinishedAttempt> {
  const { kind, retryInMs, status, error, answer, tookMs } = result;
  if (kind === 'retry' && retryInMs === undefined)
    throw new TypeError('the result `retry` requires `retryInMs`');
  const said = [status, toStorable(error, ERROR_LENGTH_MAX)] as const;
  const kept = toStorable(answer, ANSWER_LENGTH_MAX);
  const name = [deliveryId, attempt];
  const log = {
    name: 'log-attempt',
    text: LOG_ATTEMPT,
    values: [...name, Math.round(tookMs), ...said, kept],
  };
  const values = [...name, kind, Math.round(retryInMs ?? 0), ...said, disableAfterMs];
  const finish = { name: 'finish-attempt', text: FINISH_ATTEMPT, values };
  type Mine = Pick<FinishedAttempt, 'endpointDisabled'>;
  const statements = [lockDelivery(deliveryId), log, finish] as const;
  const [, , [mine]] = await transactTogetherLazily<[object, object, Mine]>(db, statements);
  return { isMine: mine !== undefined, endpointDisabled: mine?.endpointDisabled ?? null };
}

function toStorable(text: string | null, lengthMax: number): string | null {
  return text === null ? null : text.replaceAll('\0', '\uFFFD').slice(0, lengthMax).toWellFormed();
}

// Records the result of an attempt after it was sent. The attempt number is the fencing token: a deliverer that was
// paused beyond its lease finds a newer attempt and may only complete its own row of the log (C48).

import type { Database } from '../sql/database.ts';
import { lockDelivery, LOCKED_PLACE } from './lock-delivery.ts';
import { NOW, nowPlusMs, transactTogetherLazily } from '../sql/run.ts';

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

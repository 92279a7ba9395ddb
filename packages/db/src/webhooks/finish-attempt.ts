// The deliverer's step after it sent. The attempt's number is the fence: a deliverer that was away for longer than
// its lease finds that another attempt was begun, and may only add what it saw to the log (C48).

import type { Database } from '../database.ts';
import { lockDelivery, LOCKED_PLACE } from './lock-delivery.ts';
import { NOW, nowPlusMs, transactTogetherLazily } from './run.ts';

/**
 * `retry` after `retryInMs`; `exhausted`: the schedule is over; `gone`: the receiver wants no more. The last two
 * end the delivery as `failed`.
 */
export interface AttemptResult {
  readonly kind: 'delivered' | 'retry' | 'gone' | 'exhausted';
  /** Needed for `retry`. */
  readonly retryInMs?: number | undefined;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
  readonly tookMs: number;
}

export interface FinishedAttempt {
  /** `false`: somebody else has the delivery by now, and nothing of it or its endpoint was changed. */
  readonly isMine: boolean;
  /** Why this very result disabled the endpoint. */
  readonly endpointDisabled: 'gone' | 'failing' | null;
}

const ERROR_LENGTH_MAX = 1_000;
/** Of what the receiver answered, this much is kept: enough to see why. */
const ANSWER_LENGTH_MAX = 4_096;

export const LOG_ATTEMPT = `
  update delivery_attempts set took_ms = $3::int, status = $4::int, error = $5, answer = $6
  where delivery_id = $1::uuid and attempt = $2::int and took_ms is null`;

const DISABLING = `
  case when $3 = 'gone' then 'gone'
    when $3 <> 'delivered' and e.failing_since <= ${NOW} - $7::bigint * interval '1 millisecond' then 'failing'
  end`;

// One that was on its way while its delivery was redelivered is of the schedule before. The endpoint's row is written
// only where something about it changes: not by one success after another. It is found by its key, so that one whose cursor
// was just moved is judged as it is by then; `coalesce` keeps the planner from a partial index that it would read whole.
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
 * Says how the attempt ended: only if it is still the delivery's last one and the delivery is still pending, and not
 * pending anew because it was redelivered meanwhile.
 * The endpoint is `failing` from its first failure until its next success; one that fails for `disableAfterMs`
 * or is `gone` is disabled. What goes to callbacks disables nothing.
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
  if (kind === 'retry' && retryInMs === undefined) throw new TypeError('a retry needs to say when');
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

// The deliverer's step after it sent. The attempt's number is the fence: a deliverer that was away for longer than
// its lease finds that another attempt was begun, and may only add what it saw to the log (C48).

import type { Database } from '../database.ts';
import { NOW, nowPlusMs, run, transactLazily } from './run.ts';

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

// By key and not by place: a row that was moved on meanwhile, deferred say, is judged as it is by then.
// The endpoint's row is written only where something about it changes: not by one success after another.
export const FINISH_ATTEMPT = `
  with mine as (
    update deliveries d set
      status = case $3 when 'delivered' then 'delivered' when 'retry' then 'pending' else 'failed' end,
      due_at = case $3 when 'retry' then ${nowPlusMs('$4')} end,
      delivered_at = case $3 when 'delivered' then ${NOW} end,
      last_status = $5::int, last_error = $6
    from (select delivery_id, org_key from deliveries where delivery_id = $1::uuid limit 1) k
    where d.delivery_id = k.delivery_id and d.org_key = k.org_key
      and d.status = 'pending' and d.attempts = $2::int
    returning d.org_key, d.endpoint_id
  ), logged as (
    update delivery_attempts set took_ms = $8::int, status = $5::int, error = $6, answer = $7
    where delivery_id = $1::uuid and attempt = $2::int and took_ms is null
  ), judged as materialized (
    select m.*, case
        when $3 = 'gone' then 'gone'
        when $3 <> 'delivered' and e.failing_since <= ${NOW} - $9::bigint * interval '1 millisecond' then 'failing'
      end as reason
    from mine m
    cross join lateral (
      select * from endpoints where org_key = m.org_key and endpoint_id = m.endpoint_id limit 1
    ) e
    where e.kind = 'endpoint' and e.deleted_at is null and e.disabled_at is null
      and ($3 = 'gone' or (e.failing_since is not null) = ($3 = 'delivered')
        or e.failing_since <= ${NOW} - $9::bigint * interval '1 millisecond')
  ), changed as (
    update endpoints e set
      failing_since = case when $3 <> 'delivered' then coalesce(e.failing_since, ${NOW}) end,
      disabled_at = case when j.reason is null then null else ${NOW} end,
      disabled_reason = j.reason,
      has_waiting = e.has_waiting or j.reason is not null
    from judged j
    where e.org_key = j.org_key and e.endpoint_id = j.endpoint_id
      and e.deleted_at is null and e.disabled_at is null
    returning e.disabled_reason
  )
  select (select disabled_reason from changed) as "endpointDisabled" from mine`;

/**
 * Says how the attempt ended: only if it is still the delivery's last one and the delivery is still pending.
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
  const values = [
    deliveryId,
    attempt,
    kind,
    Math.round(retryInMs ?? 0),
    status,
    toStorable(error, ERROR_LENGTH_MAX),
    toStorable(answer, ANSWER_LENGTH_MAX),
    Math.round(tookMs),
    disableAfterMs,
  ];
  const [mine] = await transactLazily(db, (session) =>
    run<Pick<FinishedAttempt, 'endpointDisabled'>>(session, FINISH_ATTEMPT, values),
  );
  return { isMine: mine !== undefined, endpointDisabled: mine?.endpointDisabled ?? null };
}

function toStorable(text: string | null, lengthMax: number): string | null {
  return text === null ? null : text.replaceAll('\0', '\uFFFD').slice(0, lengthMax).toWellFormed();
}

// The deliverer's step after it sent. The attempt's number is the fence: a deliverer that was away for longer than
// its lease finds that another attempt was begun, and may only add what it saw to the log (C48).

import type { Database } from '../database.ts';
import { lockDelivery, type LockedDelivery } from './lock-delivery.ts';
import { NOW, nowPlusMs, run, runPrepared, transactLazily } from './run.ts';
import type { EndpointKey } from './settle-endpoints.ts';

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
  update delivery_attempts set took_ms = $4::int, status = $5::int, error = $6, answer = $7
  where delivery_id = $1::uuid and org_key = $2::int and attempt = $3::int and took_ms is null`;

const LOG = { name: 'log-attempt', text: LOG_ATTEMPT };

const reasonAfter = (place: string) => `
  case when $2 = 'gone' then 'gone'
    when $2 <> 'delivered' and e.failing_since <= ${NOW} - ${place}::bigint * interval '1 millisecond' then 'failing'
  end`;

// The endpoint's row is written only where something about it changes: not by one success after another.
export const FINISH_ATTEMPT = `
  with mine as (
    update deliveries set
      status = case $2 when 'delivered' then 'delivered' when 'retry' then 'pending' else 'failed' end,
      due_at = case $2 when 'retry' then ${nowPlusMs('$3')} end,
      delivered_at = case $2 when 'delivered' then ${NOW} end,
      last_status = $4::int, last_error = $5
    where ctid = $1::tid
    returning org_key, endpoint_id
  )
  select m.org_key, m.endpoint_id from mine m
  cross join lateral (
    select * from endpoints where org_key = m.org_key and endpoint_id = m.endpoint_id limit 1
  ) e
  where e.kind = 'endpoint'
    and (${reasonAfter('$6')} is not null or (e.failing_since is not null) = ($2 = 'delivered'))`;

const FINISH = { name: 'finish-attempt', text: FINISH_ATTEMPT };

// By key, so that an endpoint whose cursor was just moved is judged as it is by then, and not passed over.
export const JUDGE_ENDPOINT = `
  update endpoints e set
    failing_since = case when $2 <> 'delivered' then coalesce(e.failing_since, ${NOW}) end,
    disabled_at = case when ${reasonAfter('$4')} is not null then ${NOW} end,
    disabled_reason = ${reasonAfter('$4')},
    has_waiting = e.has_waiting or ${reasonAfter('$4')} is not null
  where e.org_key = $1::int and e.endpoint_id = $3::uuid and e.kind = 'endpoint'
    and e.deleted_at is null and e.disabled_at is null
  returning e.disabled_reason as "endpointDisabled"`;

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
  return transactLazily(db, async (session) => {
    const locked = await lockDelivery(session, deliveryId);
    if (locked === undefined) return { isMine: false, endpointDisabled: null };
    const name = [deliveryId, locked.org_key, attempt];
    await runPrepared(session, LOG, [...name, Math.round(tookMs), ...said, kept]);
    const isMine = isLastOf(locked, attempt);
    if (!isMine) return { isMine, endpointDisabled: null };
    const values = [locked.place, kind, Math.round(retryInMs ?? 0), ...said, disableAfterMs];
    const [changing] = await runPrepared<EndpointKey>(session, FINISH, values);
    if (changing === undefined) return { isMine, endpointDisabled: null };
    const judged = [changing.org_key, kind, changing.endpoint_id, disableAfterMs];
    const [endpoint] = await run<Pick<FinishedAttempt, 'endpointDisabled'>>(session, JUDGE_ENDPOINT, judged);
    return { isMine, endpointDisabled: endpoint?.endpointDisabled ?? null };
  });
}

/** One that was on its way while its delivery was redelivered is of the schedule before. */
function isLastOf({ status, attempts, attempts_before: before }: LockedDelivery, attempt: number): boolean {
  return status === 'pending' && attempts === attempt && attempt > before;
}

function toStorable(text: string | null, lengthMax: number): string | null {
  return text === null ? null : text.replaceAll('\0', '\uFFFD').slice(0, lengthMax).toWellFormed();
}

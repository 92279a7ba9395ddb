// Shared by both ways of taking due deliveries. `due_at` is when a delivery must be looked at next. Taking a
// delivery moves `due_at` by a lease, so if its attempt does not begin or end, it becomes due again (C42, C44).

import { NOW, nowPlusMs, run, runPrepared, toArrays, type Session } from '../sql/run.ts';

export interface DueDelivery {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly orgId: string;
  readonly url: string;
  /** The value that `claimAttempt` expects as `attemptsBefore`. */
  readonly attempts: number;
}

/**
 * The statement that takes the rows of `due` for a lease of `$2`. Rows locked by another transaction are skipped,
 * and so are rows that were just changed: their place has changed, and a later call finds them.
 */
export const takeOf = (due: string) => `
  with due as materialized (${due}), judged as materialized (
    select d.*, o.org_id, e.url as endpoint_url, e.org_key is not null as is_wanted
    from due d
    cross join lateral (select org_id from orgs where org_key = d.org_key limit 1) o
    left join lateral (
      select org_key, url from endpoints
      where org_key = d.org_key and endpoint_id = d.endpoint_id and disabled_at is null and deleted_at is null
      limit 1
    ) e on true
  ), taken as (
    update deliveries set due_at = ${nowPlusMs('$2')}
    where ctid = any (array(select place from judged where is_wanted))
    returning delivery_id
  )
  select org_key, delivery_id as "deliveryId", endpoint_id as "endpointId", org_id as "orgId",
    coalesce(endpoint_url, url) as url, attempts, is_wanted
  from judged
  where not is_wanted or delivery_id in (select delivery_id from taken)`;

export const IS_DUE = `status = 'pending' and due_at <= (select ${NOW})`;

export interface DueRow extends DueDelivery {
  readonly org_key: number;
  readonly is_wanted: boolean;
}

/** Takes due rows, and sets aside those that must not be sent; each of those is handled once. */
export async function takeRows(
  session: Session,
  statement: { name: string; text: string },
  values: Parameters<typeof run>[2],
): Promise<readonly DueRow[]> {
  const rows = await runPrepared<DueRow>(session, statement, values);
  const unwanted = rows.filter(({ is_wanted }) => !is_wanted);
  if (unwanted.length > 0) await putAside(session, unwanted);
  return rows;
}

/** The rows that were taken, as deliveries. */
export function toDueDeliveries(rows: readonly DueRow[]): readonly DueDelivery[] {
  return rows.filter(({ is_wanted }) => is_wanted).map(({ org_key: _, is_wanted: __, ...due }) => due);
}

// Locked, so that no endpoint is enabled, and its waiting deliveries woken, just before a delivery is made to wait.
export const HOLD_ENDPOINTS = `
  select e.org_key, e.endpoint_id, e.disabled_at is not null as "isDisabled", e.deleted_at is not null as "isDeleted"
  from (
    select distinct org_key, endpoint_id from unnest($1::int[], $2::uuid[]) as k(org_key, endpoint_id)
    order by org_key, endpoint_id
  ) k
  cross join lateral (
    select * from endpoints where org_key = k.org_key and endpoint_id = k.endpoint_id limit 1 for share
  ) e`;

interface HeldEndpoint {
  readonly org_key: number;
  readonly endpoint_id: string;
  readonly isDisabled: boolean;
  readonly isDeleted: boolean;
}

const byKey = (sets: string) => `
  update deliveries set ${sets}
  where ctid = any (array(
    select d.ctid from unnest($1::uuid[], $2::int[]) as k(delivery_id, org_key)
    cross join lateral (
      select ctid from deliveries
      where delivery_id = k.delivery_id and org_key = k.org_key and status = 'pending' limit 1
    ) d
  ))`;

export const PUT_TO_WAIT = byKey("due_at = 'infinity'");
export const DROP_UNWANTED = byKey("status = 'dropped', due_at = null");

async function putAside(session: Session, rows: readonly DueRow[]): Promise<void> {
  const keys = rows.map(({ org_key, endpointId }) => ({ org_key, endpointId }));
  const held = await run<HeldEndpoint>(session, HOLD_ENDPOINTS, toArrays(keys, 'org_key', 'endpointId'));
  const states = new Map(held.map((endpoint) => [`${endpoint.org_key} ${endpoint.endpoint_id}`, endpoint]));
  const stateOf = ({ org_key, endpointId }: DueRow) => states.get(`${org_key} ${endpointId}`);
  const ended = rows.filter((row) => stateOf(row)?.isDeleted ?? true);
  // If the endpoint has just been enabled, the delivery stays due.
  const waiting = rows.filter((row) => stateOf(row)?.isDeleted === false && stateOf(row)?.isDisabled);
  for (const [text, some] of [
    [DROP_UNWANTED, ended],
    [PUT_TO_WAIT, waiting],
  ] as const) {
    if (some.length > 0) await run(session, text, toArrays(some, 'deliveryId', 'org_key'));
  }
}

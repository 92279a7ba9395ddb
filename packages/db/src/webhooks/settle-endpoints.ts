// Applies changes of endpoints to their deliveries, in steps of limited size: waiting deliveries continue after the
// endpoint is enabled, and pending ones are dropped after it is deleted.
//
// A step locks the endpoint's row, and a transaction that makes a delivery wait holds a shared lock on it, so no
// delivery is made to wait after the last step. Deliveries locked by another transaction are skipped, never waited
// for.

import type { Database } from '../sql/database.ts';
import { NOW, run, runPrepared, transactLazily, type Session } from '../sql/run.ts';

/** Deliveries per step. About 20 ms. */
const SETTLED_MAX = 1_000;

export interface EndpointKey {
  readonly org_key: number;
  readonly endpoint_id: string;
}

const UNSETTLED = 'deleted_at is not null or (has_waiting and disabled_at is null)';

export const FIND_UNSETTLED = `select 1 as found from endpoints where ${UNSETTLED} limit 1`;

const UNSETTLED_ONE = { name: 'find-unsettled', text: FIND_UNSETTLED };

export const LOCK_UNSETTLED = `
  select org_key, endpoint_id, deleted_at is not null as "isDeleted" from endpoints
  where ${UNSETTLED} limit 1 for update skip locked`;

export const WAKE_WAITING = `
  update deliveries set due_at = ${NOW}
  where ctid = any (array(
    select ctid from deliveries where org_key = $1::int and endpoint_id = $2::uuid and due_at = 'infinity'
    limit $3 for update skip locked
  ))`;

export const DROP_PENDING = `
  update deliveries set status = 'dropped', due_at = null
  where ctid = any (array(
    select ctid from deliveries where org_key = $1::int and endpoint_id = $2::uuid and status = 'pending'
    limit $3 for update skip locked
  ))`;

export const FORGET_WAITING = `
  update endpoints set has_waiting = false
  where org_key = $1::int and endpoint_id = $2::uuid and not exists (
    select from deliveries where org_key = $1::int and endpoint_id = $2::uuid and due_at = 'infinity'
  )`;

export const FORGET_ENDPOINT = `
  delete from endpoints
  where org_key = $1::int and endpoint_id = $2::uuid and not exists (
    select from deliveries where org_key = $1::int and endpoint_id = $2::uuid and status = 'pending'
  )`;

/** Whether there is anything to settle: one look at an index that is nearly always empty. */
export async function isUnsettled(session: Session): Promise<boolean> {
  return (await runPrepared(session, UNSETTLED_ONE, [])).length > 0;
}

/** Performs one step for one endpoint that no other transaction has locked. */
export async function settleEndpoint(db: Database): Promise<void> {
  await transactLazily(db, async (session) => {
    const [endpoint] = await run<EndpointKey & { isDeleted: boolean }>(session, LOCK_UNSETTLED, []);
    if (endpoint === undefined) return;
    const { org_key, endpoint_id, isDeleted } = endpoint;
    if (isDeleted) await dropPending(session, endpoint);
    else await run(session, WAKE_WAITING, [org_key, endpoint_id, SETTLED_MAX]);
    await run(session, isDeleted ? FORGET_ENDPOINT : FORGET_WAITING, [org_key, endpoint_id]);
  });
}

/** Drops at most a thousand pending deliveries of an endpoint that the transaction deleted or locked. */
export async function dropPending(session: Session, { org_key, endpoint_id }: EndpointKey): Promise<void> {
  await run(session, DROP_PENDING, [org_key, endpoint_id, SETTLED_MAX]);
}

// Takes a few due deliveries of each endpoint, for the dispatcher during a backlog: a walk over the endpoints.

import type { Database } from '../sql/database.ts';
import { runPrepared, toArrays, transactLazily } from '../sql/run.ts';
import type { EndpointKey } from './settle-endpoints.ts';
import { IS_DUE, takeOf, takeRows, toDueDeliveries, type DueDelivery } from './take-due-rows.ts';

export const TAKE_DUE_OF = takeOf(`
  select d.* from unnest($3::int[], $4::uuid[]) as k(org_key, endpoint_id)
  cross join lateral (
    select ctid as place, org_key, endpoint_id, delivery_id, url, attempts from deliveries
    where org_key = k.org_key and endpoint_id = k.endpoint_id and ${IS_DUE}
    order by due_at limit $1::int for update skip locked
  ) d`);

// Finds each next endpoint with a pending delivery by one look at the index.
export const VISIT_ENDPOINTS = `
  with recursive visited as (
    (
      select org_key, endpoint_id, 1 as visit from deliveries
      where status = 'pending' and (org_key, endpoint_id) > ($1::int, $2::uuid)
      order by org_key, endpoint_id limit 1
    )
    union all
    select n.org_key, n.endpoint_id, v.visit + 1 from visited v
    cross join lateral (
      select org_key, endpoint_id from deliveries
      where status = 'pending' and (org_key, endpoint_id) > (v.org_key, v.endpoint_id)
      order by org_key, endpoint_id limit 1
    ) n
    where v.visit < $3::int
  )
  select org_key, endpoint_id, d.is_due is not null as "isDue" from visited v
  left join lateral (
    select true as is_due from deliveries
    where org_key = v.org_key and endpoint_id = v.endpoint_id and ${IS_DUE} limit 1
  ) d on true
  order by visit`;

const TAKE_OF = { name: 'take-due-of', text: TAKE_DUE_OF };
const VISIT = { name: 'visit-endpoints', text: VISIT_ENDPOINTS };

/** The place of a walk: after this endpoint. */
export type WalkPlace = EndpointKey;

export interface WalkStep {
  readonly deliveries: readonly DueDelivery[];
  /** `undefined` after all endpoints were visited. */
  readonly next: WalkPlace | undefined;
}

export interface WalkLimits {
  /** Endpoints to visit: those with a pending delivery, due or not. */
  readonly visitsMax: number;
  /** Endpoints to take deliveries from, and deliveries to take from each. */
  readonly endpointsMax: number;
  readonly eachMax: number;
}

/**
 * Like {@link takeDueDeliveries}, but takes a few deliveries of each endpoint instead of the oldest of all, so one
 * endpoint's backlog does not delay the others. Continues after `after`, or begins a walk.
 */
export async function takeDueOfEach(
  db: Database,
  { after, leaseMs, ...limits }: WalkLimits & { after: WalkPlace | undefined; leaseMs: number },
): Promise<WalkStep> {
  const { visitsMax, endpointsMax, eachMax } = limits;
  return transactLazily(db, async (session) => {
    const from = after ?? BEFORE_ALL;
    const values = [from.org_key, from.endpoint_id, visitsMax];
    const visited = await runPrepared<EndpointKey & { isDue: boolean }>(session, VISIT, values);
    const due = visited.filter(({ isDue }) => isDue).slice(0, endpointsMax);
    const keys = toArrays(due, 'org_key', 'endpoint_id');
    const rows = due.length === 0 ? [] : await takeRows(session, TAKE_OF, [eachMax, leaseMs, ...keys]);
    const isCut = due.length === endpointsMax;
    const next = isCut ? due.at(-1) : visited.length === visitsMax ? visited.at(-1) : undefined;
    return { deliveries: toDueDeliveries(rows), next };
  });
}

const BEFORE_ALL: WalkPlace = { org_key: 0, endpoint_id: '00000000-0000-0000-0000-000000000000' };

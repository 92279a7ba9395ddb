// Which endpoints are behind their org's decisions. Nothing tells: a decision writes nothing for endpoints. So
// somebody has to compare, a bounded number of endpoints at a time, taking turns.

import type { Database } from '../database.ts';
import { runAlone } from './run.ts';
import type { EndpointKey } from './settle-endpoints.ts';

/** Endpoints looked at by one call. About 1.5 µs each (docs/decisions/0013-webhooks.md). */
export const ENDPOINTS_SCANNED_MAX = 1_000;

// Lateral and limited, so that it is one look-up for each endpoint, however many orgs have none. One endpoint of each
// org comes before a second one of any: the one that lags most, so that an org's endpoints take turns.
export const FIND_LAGGING = `
  with scanned as materialized (
    select org_key, endpoint_id, decision_sequence from endpoints
    where kind = 'endpoint' and disabled_at is null and deleted_at is null
      and (org_key, endpoint_id) > ($1::int, $2::uuid)
    order by org_key, endpoint_id limit $3::int
  ), lagging as (
    select e.org_key, e.endpoint_id,
      row_number() over (partition by e.org_key order by e.decision_sequence, e.endpoint_id)::int as turn
    from scanned e
    cross join lateral (select decision_sequence from orgs where org_key = e.org_key limit 1) o
    where o.decision_sequence > e.decision_sequence
  )
  (select org_key, endpoint_id, turn from lagging order by turn, org_key limit $4::int)
  union all
  (select org_key, endpoint_id, null from scanned offset $3::int - 1)`;

interface FoundEndpoint extends EndpointKey {
  /** Its place among the endpoints of its org; `null` marks the last endpoint looked at. */
  readonly turn: number | null;
}

const LAST_ENDPOINT_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const START: EndpointKey = { org_key: 0, endpoint_id: '00000000-0000-0000-0000-000000000000' };

interface Place {
  readonly behind: EndpointKey;
  /** Some before it were found and have more to be told of than they were. */
  readonly isOwing: boolean;
}

// Where the next call on a handle begins. Only for fairness: whoever begins anywhere comes round to everybody.
const places = new WeakMap<Database, Place>();

/**
 * Endpoints that lag, one of each org first, from where the last call on this handle ended. `isMore` when there may be
 * more of them among the endpoints looked at, or before them.
 */
export async function findLagging(
  db: Database,
  endpointsMax: number,
): Promise<{ keys: readonly EndpointKey[]; isMore: boolean }> {
  const { behind, isOwing } = places.get(db) ?? { behind: START, isOwing: false };
  const rows = await runAlone<FoundEndpoint>(db, FIND_LAGGING, [
    behind.org_key,
    behind.endpoint_id,
    ENDPOINTS_SCANNED_MAX,
    endpointsMax,
  ]);
  const found = rows.filter(({ turn }) => turn !== null);
  const isCut = found.length === endpointsMax;
  const next = isCut && found.every(({ turn }) => turn === 1) ? behindOrgOf(found) : rows.find(isLast);
  places.set(db, { behind: next ?? START, isOwing: next !== undefined && (isOwing || isCut) });
  const keys = found.map(({ org_key, endpoint_id }) => ({ org_key, endpoint_id }));
  return { keys, isMore: isCut || isOwing };
}

function isLast({ turn }: FoundEndpoint): boolean {
  return turn === null;
}

/** Where the endpoints of the last org found end: there may be orgs behind it that were not reached. */
function behindOrgOf(found: readonly FoundEndpoint[]): EndpointKey | undefined {
  const last = found.at(-1);
  return last && { org_key: last.org_key, endpoint_id: LAST_ENDPOINT_ID };
}

/** Lets the next call begin behind this endpoint, because those that were found after it were not served. */
export function goOnBehind(db: Database, endpoint: EndpointKey): void {
  places.set(db, { behind: endpoint, isOwing: true });
}

// Finds endpoints that are behind their org's decisions. A decision writes nothing for endpoints, so they are found
// by comparison, a limited number per call, in turn.

import type { Database } from '../sql/database.ts';
import { runAlone } from '../sql/run.ts';
import type { EndpointKey } from './settle-endpoints.ts';

/** Endpoints scanned by one call. About 1.5 µs each (docs/decisions/0013-webhooks.md). */
export const ENDPOINTS_SCANNED_MAX = 1_000;

// Lateral with a limit: one look-up per endpoint, however many orgs have none. One endpoint of each org comes
// before a second one of any org: the one that lags most, so that the endpoints of an org take turns.
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
  /** Its rank among the endpoints of its org; `null` marks the last endpoint scanned. */
  readonly turn: number | null;
}

const LAST_ENDPOINT_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const START: EndpointKey = { org_key: 0, endpoint_id: '00000000-0000-0000-0000-000000000000' };

interface Place {
  readonly behind: EndpointKey;
  /** Whether endpoints before `behind` may still lag. */
  readonly isOwing: boolean;
}

// Where the next call on a handle begins. Affects fairness only; the scan wraps around, so it covers all endpoints.
const places = new WeakMap<Database, Place>();

/**
 * Returns endpoints that lag, one of each org first, from where the last call on this handle ended. `isMore` if
 * more of them may exist among the scanned endpoints or before them.
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

/** The end of the endpoints of the last org found; later orgs may not have been reached. */
function behindOrgOf(found: readonly FoundEndpoint[]): EndpointKey | undefined {
  const last = found.at(-1);
  return last && { org_key: last.org_key, endpoint_id: LAST_ENDPOINT_ID };
}

/** Makes the next call begin after this endpoint, because the endpoints found after it were not served. */
export function goOnBehind(db: Database, endpoint: EndpointKey): void {
  places.set(db, { behind: endpoint, isOwing: true });
}

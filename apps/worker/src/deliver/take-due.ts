// The order in which deliveries are woken: longest due first. A full page means a backlog, and the backlog of
// one endpoint would delay all others. A scan therefore follows that takes a few deliveries of each endpoint:
//
//   oldest ── a full page ──► scan, endpoint by endpoint ── all visited ──► oldest

import { takeDueDeliveries, takeDueOfEach, type Database, type DuePage, type WalkPlace } from '@slotline/db';
import { DUE_EACH, DUE_PAGE, WAKE_LEASE_MS, WALK_VISITS_MAX } from './limits.ts';

/** Takes the next page. Must not be called again before it has resolved. */
export type TakeDue = () => Promise<DuePage>;

const WALK = { eachMax: DUE_EACH, endpointsMax: Math.floor(DUE_PAGE / DUE_EACH), visitsMax: WALK_VISITS_MAX };

/** The scan position is per process and in memory; restarting from the beginning is safe. */
export function createTakeDue(db: Database): TakeDue {
  let walk: { readonly after: WalkPlace | undefined } | undefined;
  return async () => {
    if (walk === undefined) {
      const page = await takeDueDeliveries(db, { limit: DUE_PAGE, leaseMs: WAKE_LEASE_MS });
      if (page.isMore) walk = { after: undefined };
      return page;
    }
    const { deliveries, next } = await takeDueOfEach(db, { ...WALK, ...walk, leaseMs: WAKE_LEASE_MS });
    walk = next && { after: next };
    return { deliveries, isMore: true };
  };
}

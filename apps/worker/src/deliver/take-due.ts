// In which order deliveries are woken: the one due for longest first. When that fills a page there is a backlog, and
// the backlog of one endpoint would stand before what others are owed. Then a walk follows that takes a few of each:
//
//   oldest ── a full page ──► walk, endpoint by endpoint ── all visited ──► oldest

import { takeDueDeliveries, takeDueOfEach, type Database, type DuePage, type WalkPlace } from '@slotline/db';
import { DUE_EACH, DUE_PAGE, WAKE_LEASE_MS, WALK_VISITS_MAX } from './limits.ts';

/** Takes the next page. Not to be called again before it has resolved. */
export type TakeDue = () => Promise<DuePage>;

const WALK = { eachMax: DUE_EACH, endpointsMax: Math.floor(DUE_PAGE / DUE_EACH), visitsMax: WALK_VISITS_MAX };

/** Where the walk is, is this process's own: others walk beside it, and whoever begins anew has lost nothing. */
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

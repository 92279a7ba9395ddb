/** Which orgs a worker serves in one shard, and which it leaves alone for a while after a failure. */
import { RESTING_ORGS_MAX } from './limits.ts';

export interface OrgsInHand {
  has(orgId: string): boolean;
  /** Who is not to be handed out now. */
  list(): readonly string[];
  /** How many more may be handed out. */
  room(): number;
  begin(orgId: string): void;
  /** Harmless to repeat. */
  release(orgId: string): void;
  /** It stays in its line; only this worker leaves it alone. Calls back when it may be handed out again. */
  rest(orgId: string, onRested: () => void): void;
}

export function createOrgsInHand({
  concurrency,
  restMs,
}: {
  concurrency: number;
  restMs: number;
}): OrgsInHand {
  const served = new Set<string>();
  const resting = new Set<string>();
  return {
    has: (orgId) => served.has(orgId) || resting.has(orgId),
    list: () => [...served, ...resting],
    // So many fail only when nobody can be served: whoever is next would fail as well.
    room: () => (resting.size < RESTING_ORGS_MAX ? concurrency - served.size : 0),
    begin: (orgId) => void served.add(orgId),
    release: (orgId) => void served.delete(orgId),
    rest(orgId, onRested) {
      served.delete(orgId);
      resting.add(orgId);
      setTimeout(() => {
        resting.delete(orgId);
        onRested();
      }, restMs).unref();
    },
  };
}

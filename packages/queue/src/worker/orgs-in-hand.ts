/** The orgs of one shard that a worker is serving, and those that rest after a failure. */
import { RESTING_ORGS_MAX } from '../limits.ts';

export interface OrgsInHand {
  has(orgId: string): boolean;
  /** Orgs that must not be taken now. */
  list(): readonly string[];
  /** How many more orgs may be taken. */
  room(): number;
  begin(orgId: string): void;
  /** Idempotent. */
  release(orgId: string): void;
  /** Excludes the org from takes of this worker for `restMs`, then calls back. The org stays in its line. */
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
    // Above the limit the cause is not the orgs, so the next org would fail as well.
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

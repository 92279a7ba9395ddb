/**
 * The orgs that a worker serves: those of one shard that it must not take now, and those of all shards that it
 * serves or served recently.
 */
import { RESTING_ORGS_MAX } from '../limits.ts';

/**
 * How long an org counts as served after its batch: small orgs are often idle between two batches of a large
 * one.
 */
const RECENT_MS = 1_000;

export interface ServedOrgs {
  begin(orgId: string): void;
  end(orgId: string): void;
  /** Returns up to two: two ids are enough to tell whether any other org is being served. */
  list(): readonly string[];
}

const NONE = { orgId: '', endedAt: -Infinity };

export function createServedOrgs(): ServedOrgs {
  const batches = new Map<string, number>();
  // The two different orgs whose batches ended last.
  let [last, before] = [NONE, NONE];
  return {
    begin: (orgId) => void batches.set(orgId, (batches.get(orgId) ?? 0) + 1),
    end(orgId) {
      const left = (batches.get(orgId) ?? 0) - 1;
      if (left > 0) batches.set(orgId, left);
      else batches.delete(orgId);
      if (last.orgId !== orgId) before = last;
      last = { orgId, endedAt: performance.now() };
    },
    list() {
      const since = performance.now() - RECENT_MS;
      const served = new Set<string>();
      for (const orgId of batches.keys()) if (served.size < 2) served.add(orgId);
      for (const { orgId, endedAt } of [last, before]) {
        if (served.size < 2 && endedAt > since) served.add(orgId);
      }
      return [...served];
    },
  };
}

/** Orgs that the worker serves now, or lets rest after a failure. */
export interface ExcludedOrgs {
  has(orgId: string): boolean;
  /** Orgs that must not be taken now. */
  list(): readonly string[];
  /** How many more orgs may be taken. */
  room(): number;
  begin(orgId: string): void;
  /** Idempotent. */
  release(orgId: string): void;
  /**
   * Excludes the org from takes of this worker for `restMs`, then calls back. The org stays in its partition.
   */
  rest(orgId: string, onRested: () => void): void;
}

export function createExcludedOrgs({
  concurrency,
  restMs,
}: {
  concurrency: number;
  restMs: number;
}): ExcludedOrgs {
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

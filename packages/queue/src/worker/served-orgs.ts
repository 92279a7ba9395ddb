/**
 * Orgs that a worker serves now or served recently, so that batches are limited only while other orgs would
 * wait.
 */

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

const NOBODY = { orgId: '', endedAt: -Infinity };

export function createServedOrgs(): ServedOrgs {
  const batches = new Map<string, number>();
  // The two different orgs whose batches ended last.
  let [last, before] = [NOBODY, NOBODY];
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

/** Whom a worker serves now or served a moment ago, so that batches are cut only while somebody else would wait for them. */

/** How long an org counts as served after its batch: small orgs come and go between two batches of a large one. */
const RECENT_MS = 1_000;

export interface ServedOrgs {
  begin(orgId: string): void;
  end(orgId: string): void;
  /** Up to two of them: whoever asks wants to know of one that is not itself. */
  list(): readonly string[];
}

const NOBODY = { orgId: '', endedAt: -Infinity };

export function createServedOrgs(): ServedOrgs {
  const batches = new Map<string, number>();
  // The two orgs whose batches ended last: one of them is another one.
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

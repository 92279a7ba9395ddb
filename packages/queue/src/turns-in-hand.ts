/**
 * Which orgs this worker is serving right now, so that closing can wait, the sweeper can tell idle from busy, and a turn
 * knows whether it shares the worker.
 */

/** How long an org counts as served after its turn: small orgs come and go between two batches of a large one. */
const RECENT_MS = 1_000;

export interface TurnsInHand {
  readonly count: number;
  has(orgId: string): boolean;
  /** Whether another org is being served as well, or was within the last second. */
  hasOthers(orgId: string): boolean;
  hold<Answer>(orgId: string, turn: () => Promise<Answer>): Promise<Answer>;
  /** Resolves true when nothing is in hand any more, false at the deadline. */
  drained(deadlineMs: number): Promise<boolean>;
}

const NOBODY = { orgId: '', endedAt: -Infinity };

export function createTurnsInHand(): TurnsInHand {
  const held = new Map<string, number>();
  let count = 0;
  const onEmpty = new Set<() => void>();
  // The two orgs whose turns ended last: one of them is another one.
  let [last, before] = [NOBODY, NOBODY];
  const change = (orgId: string, by: number): void => {
    const left = (held.get(orgId) ?? 0) + by;
    if (left === 0) {
      held.delete(orgId);
      if (last.orgId !== orgId) before = last;
      last = { orgId, endedAt: performance.now() };
    }
    if (left > 0) held.set(orgId, left);
    count += by;
    if (count === 0) for (const resolve of [...onEmpty]) resolve();
  };
  return {
    get count() {
      return count;
    },
    has: (orgId) => held.has(orgId),
    hasOthers(orgId) {
      if (held.size > (held.has(orgId) ? 1 : 0)) return true;
      const other = last.orgId === orgId ? before : last;
      return performance.now() - other.endedAt < RECENT_MS;
    },
    async hold(orgId, turn) {
      change(orgId, 1);
      try {
        return await turn();
      } finally {
        change(orgId, -1);
      }
    },
    drained(deadlineMs) {
      if (count === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = setTimeout(() => finish(false), deadlineMs);
        const onDrained = (): void => finish(true);
        const finish = (isDrained: boolean): void => {
          clearTimeout(timer);
          onEmpty.delete(onDrained);
          resolve(isDrained);
        };
        onEmpty.add(onDrained);
      });
    },
  };
}

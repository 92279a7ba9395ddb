/** Which orgs this worker is serving right now, so that closing can wait and the sweeper can tell idle from busy. */
export interface TurnsInHand {
  readonly count: number;
  has(orgId: string): boolean;
  hold<Answer>(orgId: string, turn: () => Promise<Answer>): Promise<Answer>;
  /** Resolves true when nothing is in hand any more, false at the deadline. */
  drained(deadlineMs: number): Promise<boolean>;
}

export function createTurnsInHand(): TurnsInHand {
  const held = new Map<string, number>();
  let count = 0;
  const onEmpty = new Set<() => void>();
  const change = (orgId: string, by: number): void => {
    const left = (held.get(orgId) ?? 0) + by;
    if (left === 0) held.delete(orgId);
    else held.set(orgId, left);
    count += by;
    if (count === 0) for (const resolve of [...onEmpty]) resolve();
  };
  return {
    get count() {
      return count;
    },
    has: (orgId) => held.has(orgId),
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

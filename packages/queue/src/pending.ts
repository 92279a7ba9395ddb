/** Counts what is still open, so that closing can wait for it. */
export interface Pending {
  track<Answer>(work: () => Promise<Answer>): Promise<Answer>;
  /** Resolves when nothing is open, ended well or badly. */
  settle(): Promise<void>;
}

export function createPending(): Pending {
  let open = 0;
  let settled: (() => void)[] = [];
  const end = (): void => {
    open -= 1;
    if (open > 0) return;
    for (const resolve of settled) resolve();
    settled = [];
  };
  return {
    async track(work) {
      open += 1;
      try {
        return await work();
      } finally {
        end();
      }
    },
    settle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => settled.push(resolve))),
  };
}

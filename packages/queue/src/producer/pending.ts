/** Counts operations in flight, so that closing can wait for them. */
export interface Pending {
  begin(): void;
  /** Once for each `begin`. */
  end(): void;
  /** Resolves when no operation is in flight, whether they succeeded or failed. */
  settle(): Promise<void>;
}

export function createPending(): Pending {
  let open = 0;
  let settled: (() => void)[] = [];
  return {
    begin() {
      open += 1;
    },
    end() {
      open -= 1;
      if (open > 0) return;
      for (const resolve of settled) resolve();
      settled = [];
    },
    settle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => settled.push(resolve))),
  };
}

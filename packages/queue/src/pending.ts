/** Counts what is still open, so that closing can wait for it. */
export interface Pending {
  begin(): void;
  /** Once for each `begin`. */
  end(): void;
  /** Resolves when nothing is open, ended well or badly. */
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

/** One line that a worker holds: what is under way in it, and since when nothing has been. */

export interface LineInHand {
  readonly line: number;
  /** False: nothing is taken from it any more. */
  isOpen: boolean;
  /** Brings the line's virtual time to the worker's; empty until something was found in it. */
  readonly offset: string;
  /** When the last batch of an org was decided that has something left; in milliseconds of `performance.now()`. */
  readonly decidedAt: Map<string, number>;
  /** Items settled so far. */
  items: number;
  /** Orgs were found in it, at this offset. */
  moveTo(offset: string): void;
  /**
   * An org that stands there in the line is served now, at `clock` of the worker. Returns where the worker's clock is then. As in
   * lua/take.ts, a line that was behind rejoins at that clock.
   */
  pass(stands: number, clock: number): number;
  /** One more, or one less, of its orgs is served, or rests after a failure. */
  keep(by: 1 | -1): void;
  /** A batch, or a call that may hand one out, is under way, and is over. */
  begin(): void;
  end(): void;
  /** Resolves true when nothing is under way, false at the end of the time. */
  idle(withinMs: number): Promise<boolean>;
  /** Whether none of its orgs is served or rests. */
  isQuiet(): boolean;
  /** How long it has had nobody to serve. */
  quietMs(): number;
}

export function createLineInHand(line: number): LineInHand {
  let offset = '';
  let underWay = 0;
  let kept = 0;
  let foundAt = performance.now();
  const onIdle = new Set<() => void>();
  const moveTo = (to: string): void => {
    offset = to;
    foundAt = performance.now();
  };
  return {
    line,
    isOpen: true,
    get offset() {
      return offset;
    },
    decidedAt: new Map(),
    items: 0,
    moveTo,
    pass(stands, clock) {
      const reached = stands + Number(offset);
      if (offset !== '' && reached >= clock) return reached;
      moveTo(String(clock - stands));
      return clock;
    },
    keep(by) {
      kept += by;
      foundAt = performance.now();
    },
    begin: () => void (underWay += 1),
    end() {
      underWay -= 1;
      if (underWay === 0) for (const resolve of [...onIdle]) resolve();
    },
    idle(withinMs) {
      if (underWay === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (isIdle: boolean): void => {
          clearTimeout(timer);
          onIdle.delete(finishIdle);
          resolve(isIdle);
        };
        const finishIdle = (): void => finish(true);
        const timer = Number.isFinite(withinMs) ? setTimeout(() => finish(false), withinMs) : undefined;
        onIdle.add(finishIdle);
      });
    },
    isQuiet: () => kept === 0,
    quietMs: () => (kept > 0 ? 0 : performance.now() - foundAt),
  };
}

/** One partition that a worker holds: its batches in flight, and how long it has been inactive. */

export interface HeldPartition {
  readonly number: number;
  /** False: nothing more is taken from it. */
  isOpen: boolean;
  /** Maps the partition's virtual time to the worker's; empty until an org was found in it. */
  readonly offset: string;
  /** When the last batch of each org with items left was decided, in milliseconds of `performance.now()`. */
  readonly decidedAt: Map<string, number>;
  /** Items completed so far. */
  items: number;
  /** Records that orgs were found in the partition, at this offset. */
  moveTo(offset: string): void;
  /**
   * Serves an org at a virtual time of the partition, at the worker's `clock`. Returns the worker's new
   * clock. As in lua/includes/take-batches.lua, a partition that was behind continues at that clock.
   */
  pass(virtualTime: number, clock: number): number;
  /** Counts the orgs of the partition that are served or rest after a failure. */
  keep(by: 1 | -1): void;
  /** A batch, or a call that may take one, begins and ends. */
  begin(): void;
  end(): void;
  /** Resolves true when nothing is in flight, false after `withinMs`. */
  idle(withinMs: number): Promise<boolean>;
  /** Whether none of its orgs is served or rests. */
  isQuiet(): boolean;
  /** How long the partition has had no org to serve. */
  quietMs(): number;
}

export function createHeldPartition(number: number): HeldPartition {
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
    number,
    isOpen: true,
    get offset() {
      return offset;
    },
    decidedAt: new Map(),
    items: 0,
    moveTo,
    pass(virtualTime, clock) {
      const reached = virtualTime + Number(offset);
      if (offset !== '' && reached >= clock) return reached;
      moveTo(String(clock - virtualTime));
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

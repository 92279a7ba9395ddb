/**
 * Decides when a request may begin its work, and which one is refused under overload.
 *
 *   head arrives ──(full, and its organisation has its share under way)──▶ refused
 *        ├───────────(queue empty, slice has time left)──────────────────▶ running
 *        │                                                                  ▲
 *        └─▶ waiting in its organisation's line ──(its turn, a new slice)───┘
 *                     └──(full: the newest of the organisation with most under way)──▶ refused
 *
 *   running write ──▶ accepting (Redis appends it) ──▶ done;   any other running request is done at once
 *
 * Full means: what arrives now would wait longer than `waitMaxMs`, measured as units under way divided by the rate at
 * which they leave. Organisations take turns by their units, so a flood of one delays another by one turn. Work runs in
 * slices, so that the event loop serves its sockets in between.
 */
import { Backlog } from './backlog.ts';
import { FairQueue, type Entry } from './fair-queue.ts';
import { retryAfterS } from './retry-after.ts';

/**
 * Milliseconds of work between two turns of the event loop. Longer delays every answer; shorter costs more
 * turns.
 */
export const SLICE_MS = 3;
/** Units of work in a slice: the bodies of its requests are handled right after it. */
export const SLICE_UNITS = 16;
/**
 * Units under way that are never too much, whatever the measured rate: a pool of clients that connects at once finds a
 * process that has no rate yet. About 200 ms of work.
 */
export const ROOM_MIN = 1_000;
/** An overload that refused nothing for this long has ended. */
const OVER_AFTER_MS = 2_000;

/** A request before its work begins. */
interface Arrival extends Entry {
  start(): void;
  refuse(retryAfterS: number): void;
}

export interface Admission {
  /** Calls `start` now or later, or `refuse` of this or another request, exactly once per request. */
  enter(arrival: Arrival): void;
  /**
   * Whether a request of this organisation would be refused now; without an organisation, whether any could
   * be.
   */
  wouldRefuse(orgId?: string): boolean;
  /** The `Retry-After` in whole seconds of a request that is refused now. */
  retryAfterS(): number;
  /** Counts work that continues after `start` until the promise settles. */
  during<T>(work: Entry, run: () => Promise<T>): Promise<T>;
  /** Units that wait, and units that Redis is accepting now. */
  underWay(): { readonly waiting: number; readonly accepting: number };
}

export interface AdmissionOptions {
  /** Longest expected wait before further requests are refused; 0 never refuses. */
  readonly waitMaxMs: number;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Calls back in the next turn of the event loop, after its sockets were polled. */
  nextTurn(callback: () => void): void;
  /** Called with each request's wait for its turn. */
  onStart?(waitedMs: number): void;
}

interface Waiting extends Arrival {
  readonly arrivedAt: number;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { waitMaxMs, now, nextTurn, onStart } = options;
  const queue = new FairQueue<Waiting>();
  const waiting = new Backlog(now);
  const accepting = new Backlog(now);
  const overload = createOverloadClock(options);
  let acceptingUnits = 0;
  let spentMs = 0;
  let spentUnits = 0;
  let isTurnDue = false;

  const isFull = (arriving: number): boolean =>
    waitMaxMs > 0 &&
    queue.unitsUnderWay + arriving > ROOM_MIN &&
    waiting.expectedMs() + accepting.expectedMs() > waitMaxMs;
  const hasTime = (): boolean => spentMs < SLICE_MS && spentUnits < SLICE_UNITS;
  const run = (arrival: Arrival, waitedMs: number): void => {
    const startedAt = now();
    onStart?.(waitedMs);
    arrival.start();
    spentMs += now() - startedAt;
    spentUnits += arrival.units;
    dueTurn();
  };
  const takeTurn = (): void => {
    isTurnDue = false;
    [spentMs, spentUnits] = [0, 0];
    while (hasTime()) {
      const next = queue.shift();
      if (next === undefined) return;
      waiting.leave(next.units);
      run(next, now() - next.arrivedAt);
    }
  };
  // Scheduled whenever work ran, so that each turn of the loop begins with a new slice.
  const dueTurn = (): void => {
    if (isTurnDue) return;
    isTurnDue = true;
    nextTurn(takeTurn);
  };

  return {
    enter(arrival) {
      if (queue.isEmpty && hasTime()) return run(arrival, 0);
      queue.push({ ...arrival, arrivedAt: now() });
      waiting.enter(arrival.units);
      dueTurn();
      const refused = isFull(0) ? queue.removeNewest() : undefined;
      if (refused === undefined) return;
      waiting.drop(refused.units);
      refused.refuse(overload.retryAfterS());
    },
    wouldRefuse: (orgId) => isFull(1) && (orgId === undefined || queue.hasItsShare(orgId)),
    retryAfterS: overload.retryAfterS,
    async during(work, run) {
      queue.hold(work);
      accepting.enter(work.units);
      acceptingUnits += work.units;
      try {
        return await run();
      } finally {
        acceptingUnits -= work.units;
        accepting.leave(work.units);
        queue.release(work);
      }
    },
    underWay: () => ({ waiting: queue.unitsQueued, accepting: acceptingUnits }),
  };
}

/** Start of the current overload: clients are spread over its duration. */
function createOverloadClock({ now, random }: Pick<AdmissionOptions, 'now' | 'random'>) {
  let since = Number.NEGATIVE_INFINITY;
  let lastRefusedAt = Number.NEGATIVE_INFINITY;
  return {
    retryAfterS(): number {
      const at = now();
      if (at - lastRefusedAt >= OVER_AFTER_MS) since = at;
      lastRefusedAt = at;
      return retryAfterS({ lastedMs: at - since, chance: random() });
    },
  };
}

// Decides, from the head of a request alone, whether this process takes it on. Writes are refused when there are too
// many under way, fewer than ever when the event loop lags, or Redis cannot take them; of the rest a lagging loop refuses
// a share. Health is always told.

import { CALM, nextLag } from './lag.ts';
import { retryAfterS } from './retry-after.ts';

export const SHED_REASONS = ['event-loop', 'in-flight', 'memory', 'redis-away'] as const;
export type ShedReason = (typeof SHED_REASONS)[number];

export interface ShedderOptions {
  /** Delay of the event loop over which requests are refused; 0 for never. */
  readonly loopDelayMaxMs: number;
  /**
   * Writes under way over which the next ones are refused; 0 for never. Once the loop has lagged it is
   * {@link LATE_PART} of it, and less while it lags.
   */
  readonly acceptsInFlightMax: number;
  /** Writes between their body and the answer of Redis. */
  acceptsInFlight(): number;
  /** How late the event loop was just now. */
  delayMs(): number;
  isNearlyFull(): boolean;
  isAway(): boolean;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
}

/** What of a request is known before its body. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** It may be the retry of what was taken before, which PostgreSQL can tell without Redis. */
  readonly hasKey: boolean;
}

export interface Shed {
  readonly reason: ShedReason;
  readonly retryAfterS: number;
}

export interface Shedder {
  /** `undefined` when the request may come in. */
  judge(head: RequestHead): Shed | undefined;
  /** One more sample of the event loop's delay. */
  observe(delayMs: number): void;
  /** Whether the samples so far have left nothing behind: it takes whatever a process at leisure takes. */
  isAtRest(): boolean;
  /** Why requests are refused right now; empty when they are not. */
  reasons(): readonly ShedReason[];
}

/**
 * A rush that finds a process at leisure is work for a moment. One that is late has no such moment to give, be it only
 * since the tick before this one: a rush is taken whole once, not until the samples tell.
 */
export const LATE_PART = 1 / 8;

const NEVER_SHED = new Set(['/healthz', '/readyz']);
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** A reason that did not come up for so long is over; the next time it begins anew. */
const OVER_AFTER_MS = 2_000;

export function createShedder(options: ShedderOptions): Shedder {
  const inFlightMax = options.acceptsInFlightMax === 0 ? Infinity : options.acceptsInFlightMax;
  let lag = CALM;
  // Requests owed to the share: the n-th of every 1/share is refused, evenly and without chance.
  let owed = 0;
  const spans = new Map<ShedReason, { since: number; last: number }>();

  const isLagging = (): boolean => {
    if (lag.share === 0) return false;
    owed += lag.share;
    if (owed < 1) return false;
    owed -= 1;
    return true;
  };
  const isAtLeisure = (): boolean =>
    lag.room === 1 && (options.loopDelayMaxMs === 0 || options.delayMs() <= options.loopDelayMaxMs);
  const writeReason = (hasKey: boolean): ShedReason | undefined => {
    if (options.isAway() && !hasKey) return 'redis-away';
    if (options.isNearlyFull()) return 'memory';
    const inFlight = options.acceptsInFlight();
    const part = isAtLeisure() ? 1 : LATE_PART * lag.room;
    if (inFlight < Math.max(1, inFlightMax * part)) return undefined;
    return inFlight < inFlightMax ? 'event-loop' : 'in-flight';
  };
  const shed = (reason: ShedReason): Shed => {
    const now = options.now();
    const span = spans.get(reason);
    const since = span !== undefined && now - span.last < OVER_AFTER_MS ? span.since : now;
    spans.set(reason, { since, last: now });
    return { reason, retryAfterS: retryAfterS({ lastedMs: now - since, chance: options.random() }) };
  };

  return {
    judge: ({ method, path, hasKey }) => {
      if (NEVER_SHED.has(path)) return undefined;
      const isWrite = !READS.has(method);
      const reason = isWrite ? writeReason(hasKey) : undefined;
      if (reason !== undefined) return shed(reason);
      // Writes have paid with their room.
      const isShared = !isWrite || inFlightMax === Infinity;
      return isShared && isLagging() ? shed('event-loop') : undefined;
    },
    observe: (delayMs) => {
      if (options.loopDelayMaxMs > 0) lag = nextLag(lag, { delayMs, maxMs: options.loopDelayMaxMs });
    },
    isAtRest: () => lag.room === 1 && lag.share === 0,
    reasons: () => {
      const reason = writeReason(false);
      const lagging = lag.share > 0 || reason === 'event-loop' ? (['event-loop'] as const) : [];
      return reason === undefined || reason === 'event-loop' ? lagging : [...lagging, reason];
    },
  };
}

// Watches how long the event loop keeps everybody waiting: how late a short timer is, at most, in each stretch of time.
// Only while there is something to do, because a process that is idle should not be woken to find that nobody waits.
// Node's own monitor would not do: its `reset` forgets since when it has waited, so a tick that is longer than the time
// between two readings is not in it, and a loop that has nothing but such ticks looks idle.

/** How often the delay is told. */
export const SAMPLE_MS = 50;
const TICK_MS = 5;
/** So many stretches without anything to do, and it sleeps. */
const QUIET_SAMPLES = 20;

export interface LoopDelayWatch {
  /** There is something to do: the loop is watched from here on. Costs nothing worth naming. */
  wake(): void;
  /** How late the loop was when it was last looked at; 0 while it sleeps. */
  latestMs(): number;
  stop(): void;
}

export interface LoopDelayListener {
  /** Hears milliseconds every {@link SAMPLE_MS}, later when the loop is late. */
  onSample(delayMs: number): void;
  /** Whether it may sleep: the samples are no longer needed to come back from an overload. */
  isAtRest(): boolean;
}

export function watchLoopDelay({ onSample, isAtRest }: LoopDelayListener): LoopDelayWatch {
  let timer: NodeJS.Timeout | undefined;
  let [tickedAt, sampledAt, latestMs, longestMs, quietSamples] = [0, 0, 0, 0, 0];

  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    latestMs = 0;
  };
  const tick = () => {
    const now = performance.now();
    latestMs = Math.max(0, now - tickedAt - TICK_MS);
    longestMs = Math.max(longestMs, latestMs);
    tickedAt = now;
    if (now - sampledAt < SAMPLE_MS) return;
    onSample(longestMs);
    [sampledAt, longestMs] = [now, 0];
    if (++quietSamples >= QUIET_SAMPLES && isAtRest()) stop();
  };
  return {
    wake: () => {
      quietSamples = 0;
      if (timer !== undefined) return;
      tickedAt = sampledAt = performance.now();
      timer = setInterval(tick, TICK_MS).unref();
    },
    latestMs: () => latestMs,
    stop,
  };
}

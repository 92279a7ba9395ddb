// Measures the event loop's delay for the metrics: how late a short timer fires, at most, in each 50 ms. Runs
// only while requests arrive, so that an idle process is not woken. Node's own monitor does not fit: its
// `reset` drops the last tick, so ticks longer than the interval between readings are missed.

/** How often the delay is reported. */
export const SAMPLE_MS = 50;
const TICK_MS = 5;
/** Samples without a request after which the watch sleeps. */
const QUIET_SAMPLES = 20;

export interface LoopDelayWatch {
  /** Called for each request: starts the measurement if it sleeps. Costs almost nothing. */
  wake(): void;
  stop(): void;
}

/** Reports milliseconds every {@link SAMPLE_MS}, or later when the loop is late. */
export function watchLoopDelay(onSample: (delayMs: number) => void): LoopDelayWatch {
  let timer: NodeJS.Timeout | undefined;
  let [tickedAt, sampledAt, longestMs, quietSamples] = [0, 0, 0, 0];

  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const tick = () => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - tickedAt - TICK_MS);
    tickedAt = now;
    if (now - sampledAt < SAMPLE_MS) return;
    onSample(longestMs);
    [sampledAt, longestMs] = [now, 0];
    if (++quietSamples >= QUIET_SAMPLES) stop();
  };
  return {
    wake: () => {
      quietSamples = 0;
      if (timer !== undefined) return;
      tickedAt = sampledAt = performance.now();
      timer = setInterval(tick, TICK_MS).unref();
    },
    stop,
  };
}

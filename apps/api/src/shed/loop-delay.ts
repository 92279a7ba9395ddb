// Watches how long the event loop keeps everybody waiting: the longest delay of each short stretch of time. Node
// measures it outside of JavaScript with a timer of RESOLUTION_MS, whose own time is no delay.

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the delay is looked at. */
export const SAMPLE_MS = 50;
const RESOLUTION_MS = 5;

/** Calls `onSample` with milliseconds every SAMPLE_MS, later when the loop is late. Returns the end of it. */
export function watchLoopDelay(onSample: (delayMs: number) => void): () => void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const timer = setInterval(() => {
    // Empty when the loop was late for this timer too and has not come to the other one yet.
    const delayMs = histogram.count === 0 ? 0 : histogram.max / 1e6 - RESOLUTION_MS;
    histogram.reset();
    onSample(Math.max(0, delayMs));
  }, SAMPLE_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    histogram.disable();
  };
}

// Prometheus metrics of one process. Each app makes its own registry, so tests can run several side by side.

import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** How often Node samples the event loop lag. The default of 10 ms wakes an idle process too often. */
const LOOP_LAG_EVERY_MS = 100;
const LOOP_LAGS = ['min', 'max', 'mean', 'p50', 'p90', 'p99'].map(
  (of) => `nodejs_eventloop_lag_${of}_seconds`,
);

/** A registry with Node's own figures (event-loop lag, memory, CPU) under the name of the app. */
export function createRegistry(app: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LAG_EVERY_MS });
  for (const name of LOOP_LAGS) takeOffInterval(registry.getSingleMetric(name));
  return registry;
}

/** Node counts from one look to the next (`perf_hooks.monitorEventLoopDelay`): a loop in time would have a lag of the interval. */
function takeOffInterval(lag: unknown): void {
  if (!(lag instanceof Gauge)) return;
  const set: (labels: object, seconds: number) => void = lag.set.bind(lag);
  const setLess = (labels: object, seconds: number) =>
    set(labels, Math.max(0, seconds - LOOP_LAG_EVERY_MS / 1_000));
  Object.assign(lag, { set: setLess });
}

// Prometheus metrics of one process. Each app makes its own registry, so tests can run several side by side.

import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** How often Node looks how late the event loop is. By itself it does every 10 ms, and wakes an idle process for it. */
const LOOP_LAG_EVERY_MS = 100;

/** A registry with Node's own figures (event-loop lag, memory, CPU) under the name of the app. */
export function createRegistry(app: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LAG_EVERY_MS });
  return registry;
}

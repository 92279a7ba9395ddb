// Prometheus metrics of one process. Each app makes its own registry, so tests can run several side by side.

import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A registry with Node's own figures (event-loop lag, memory, CPU) under the name of the app. */
export function createRegistry(app: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry });
  return registry;
}

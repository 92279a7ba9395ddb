// Prometheus metrics of one process. Each app makes its own registry, so tests can run several side by side.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A registry with Node's own figures (event-loop lag, memory, CPU) under the name of the app. */
export function createRegistry(app: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface ApiMetrics {
  readonly accepted: Counter<'operation'>;
  readonly refused: Counter<'code'>;
  readonly wakesFailed: Counter;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  return {
    accepted: new Counter({
      name: 'slotline_accepted_total',
      help: 'Requests accepted',
      labelNames: ['operation'],
      registers,
    }),
    refused: new Counter({
      name: 'slotline_refused_total',
      help: 'Problem documents sent',
      labelNames: ['code'],
      registers,
    }),
    wakesFailed: new Counter({
      name: 'slotline_wakes_failed_total',
      help: 'Turns that the sweeper must add',
      registers,
    }),
  };
}

export interface WorkerMetrics {
  readonly decided: Counter<'outcome'>;
  readonly groupRequests: Histogram;
  readonly groupSeconds: Histogram;
  readonly alarms: Counter<'kind'>;
  readonly queueEvents: Counter<'kind'>;
  readonly oldestAgeSeconds: Gauge;
}

export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  return {
    decided: new Counter({
      name: 'slotline_decided_total',
      help: 'Outcomes recorded',
      labelNames: ['outcome'],
      registers,
    }),
    groupRequests: new Histogram({
      name: 'slotline_commit_group_requests',
      help: 'Requests decided by one transaction',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
      registers,
    }),
    groupSeconds: new Histogram({
      name: 'slotline_commit_group_seconds',
      help: 'Time of one deciding transaction',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    alarms: new Counter({
      name: 'slotline_alarms_total',
      help: 'Things that should be impossible',
      labelNames: ['kind'],
      registers,
    }),
    queueEvents: new Counter({
      name: 'slotline_queue_events_total',
      help: 'What the queue reports',
      labelNames: ['kind'],
      registers,
    }),
    oldestAgeSeconds: new Gauge({
      name: 'slotline_oldest_entry_age_seconds',
      help: 'Age of the oldest undecided request',
      registers,
    }),
  };
}

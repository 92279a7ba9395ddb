// The metrics of a worker. Names and meanings are documented in docs/operating.md.

import { Counter, createRegistry, Histogram, type Registry } from '@slotline/runtime';

export interface WorkerMetrics {
  readonly registry: Registry;
  readonly decided: Counter<'outcome'>;
  readonly groupRequests: Histogram;
  readonly groupSeconds: Histogram;
  readonly alarms: Counter<'kind'>;
  readonly queueEvents: Counter<'kind'>;
}

export function createWorkerMetrics(): WorkerMetrics {
  const registry = createRegistry('worker');
  const registers = [registry];
  return {
    registry,
    decided: new Counter({
      name: 'slotline_decided_total',
      help: 'Requests decided, by outcome',
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
      help: 'Duration of one deciding transaction',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    alarms: new Counter({
      name: 'slotline_alarms_total',
      help: 'Events that should be impossible; see the log',
      labelNames: ['kind'],
      registers,
    }),
    queueEvents: new Counter({
      name: 'slotline_queue_events_total',
      help: 'Events that the queue reports, by kind',
      labelNames: ['kind'],
      registers,
    }),
  };
}

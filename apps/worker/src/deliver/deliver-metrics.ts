// The metrics of a deliverer. Names and meanings are documented in docs/operating.md.

import { Counter, Gauge, Histogram, type Registry } from '@slotline/runtime';

export interface DeliverMetrics {
  readonly attempts: Counter<'result'>;
  readonly attemptSeconds: Histogram;
  readonly deliverySeconds: Histogram;
  readonly deferred: Counter;
  readonly breakerOpens: Counter;
  readonly dueAgeSeconds: Gauge;
  readonly untellable: Counter;
}

export function createDeliverMetrics(registry: Registry): DeliverMetrics {
  const registers = [registry];
  return {
    attempts: new Counter({
      name: 'slotline_delivery_attempts_total',
      help: 'Attempts of webhook deliveries, by result',
      labelNames: ['result'],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: 'slotline_delivery_attempt_seconds',
      help: 'Duration of one attempt',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20],
      registers,
    }),
    deliverySeconds: new Histogram({
      name: 'slotline_delivery_seconds',
      help: 'From the decision to the 2xx that ended its delivery',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 600, 3_600, 86_400],
      registers,
    }),
    deferred: new Counter({
      name: 'slotline_deliveries_deferred_total',
      help: 'Deliveries postponed: no free turn, open breaker, unproven destination, or full mailbox',
      registers,
    }),
    breakerOpens: new Counter({
      name: 'slotline_delivery_breaker_opens_total',
      help: 'Times that the breaker of a receiver or of a destination of an org opened after consecutive failures',
      registers,
    }),
    dueAgeSeconds: new Gauge({
      name: 'slotline_delivery_due_age_seconds',
      help: 'How long the longest-due delivery has been waiting for its attempt',
      registers,
    }),
    untellable: new Counter({
      name: 'slotline_delivery_untellable_total',
      help: 'Decided requests for which no webhook could be built; see the log',
      registers,
    }),
  };
}

// The metrics of an API process. docs/operating.md documents their names and meanings.

import { Counter, createRegistry, Gauge, Histogram, type Registry } from '@slotline/runtime';

export interface ApiMetrics {
  readonly registry: Registry;
  readonly accepted: Counter<'operation'>;
  readonly problems: Counter<'code'>;
  readonly queueEvents: Counter<'kind'>;
  /** Reads meant for the replica that the primary answered. */
  readonly replicaFallbacks: Counter<'reason'>;
  readonly streams: Gauge;
  /** Streams and long polls that wait for changes of an org. */
  readonly feedReaders: Gauge;
  /** Streams ended because their reader did not keep up. */
  readonly streamsDropped: Counter;
  /** Requests refused because they could not be answered in time. */
  readonly shed: Counter<'reason'>;
  /** The longest event loop delay in each 50 ms. */
  readonly loopDelay: Histogram;
  /** How long requests waited for their turn. */
  readonly admissionWait: Histogram;
  /** Adds the work under way before it is accepted, read at every scrape. */
  showUnderWay(read: () => { readonly waiting: number; readonly accepting: number }): void;
  /** Adds the bytes of reserved answers, read at every scrape. */
  showAnswerBytes(bytes: () => number): void;
  /** Adds the age of the oldest undecided request, queried at every scrape. */
  showOldestAge(oldestAgeMs: () => Promise<number>): void;
}

export function createApiMetrics(): ApiMetrics {
  const registry = createRegistry('api');
  const registers = [registry];
  return {
    registry,
    showOldestAge: (oldestAgeMs) => {
      new Gauge({
        name: 'slotline_oldest_entry_age_seconds',
        help: 'Age of the oldest undecided request over all orgs',
        registers,
        async collect() {
          // A scrape while Redis is unreachable still shows the other metrics.
          this.set((await oldestAgeMs().catch(() => Number.NaN)) / 1_000);
        },
      });
    },
    showAnswerBytes: (bytes) => {
      new Gauge({
        name: 'slotline_answer_bytes',
        help: 'Bytes reserved for answers that are not with their clients yet',
        registers,
        collect() {
          this.set(bytes());
        },
      });
    },
    ...admissionMetrics(registry),
    accepted: new Counter({
      name: 'slotline_accepted_total',
      help: 'Requests accepted, by operation',
      labelNames: ['operation'],
      registers,
    }),
    problems: new Counter({
      name: 'slotline_problems_total',
      help: 'Problem documents sent, by code',
      labelNames: ['code'],
      registers,
    }),
    replicaFallbacks: new Counter({
      name: 'slotline_replica_fallbacks_total',
      help: 'Reads that fell back from the replica to the primary, by reason',
      labelNames: ['reason'],
      registers,
    }),
    ...streamMetrics(registry),
    queueEvents: new Counter({
      name: 'slotline_queue_events_total',
      help: 'What the queue reports, by kind',
      labelNames: ['kind'],
      registers,
    }),
  };
}

function admissionMetrics(
  registry: Registry,
): Pick<ApiMetrics, 'showUnderWay' | 'admissionWait' | 'shed' | 'loopDelay'> {
  const registers = [registry];
  return {
    showUnderWay: (read) => {
      new Gauge({
        name: 'slotline_admission_units',
        help: 'Work under way in units of a booking: waiting for its turn, or being accepted by Redis',
        labelNames: ['state'],
        registers,
        collect() {
          const { waiting, accepting } = read();
          this.set({ state: 'waiting' }, waiting);
          this.set({ state: 'accepting' }, accepting);
        },
      });
    },
    admissionWait: new Histogram({
      name: 'slotline_admission_wait_seconds',
      help: 'How long requests waited for their turn',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    }),
    shed: new Counter({
      name: 'slotline_shed_total',
      help: 'Requests refused because there is more to do than can be done in time, by reason',
      labelNames: ['reason'],
      registers,
    }),
    loopDelay: new Histogram({
      name: 'slotline_event_loop_delay_seconds',
      help: 'The longest delay of the event loop in each 50 ms',
      buckets: [0.001, 0.005, 0.01, 0.02, 0.035, 0.05, 0.07, 0.1, 0.2, 0.5, 1, 2],
      registers,
    }),
  };
}

function streamMetrics(registry: Registry): Pick<ApiMetrics, 'streams' | 'feedReaders' | 'streamsDropped'> {
  const registers = [registry];
  return {
    streams: new Gauge({
      name: 'slotline_streams',
      help: 'Server-sent event streams that are open',
      registers,
    }),
    feedReaders: new Gauge({
      name: 'slotline_feed_readers',
      help: 'Streams and long polls that follow the changes of an org',
      registers,
    }),
    streamsDropped: new Counter({
      name: 'slotline_streams_dropped_total',
      help: 'Streams cut off because their reader did not keep up',
      registers,
    }),
  };
}

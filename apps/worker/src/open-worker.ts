// One worker process: turns from the queue, commit groups to PostgreSQL, outcomes back to the queue. Any
// number of them may run side by side on the same queue and database.

import { readJob, type Job } from '@slotline/contract';
import { isRetryable, openDecider, type Decider, type RequestRecord } from '@slotline/db';
import { openOrgWorker, type OrgWorker, type QueueEvent } from '@slotline/queue';
import { closeInOrder, type Logger, type Service } from '@slotline/runtime';
import { createCommitLanes } from './commit-lanes.ts';
import type { WorkerConfig } from './config.ts';
import { decideBatch, quarantine } from './decide-batch.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { openHealthServer, type HealthServer } from './open-health-server.ts';
import { reportQueueEvent } from './report-queue-event.ts';

/** Kept back from the grace time for closing connections after the turns are done. */
const CLOSING_MS = 2_000;

export interface Worker extends Service {
  /** One sweep now instead of at the next interval. */
  sweep(): Promise<number>;
}

export async function openWorker(config: WorkerConfig, options: { logger: Logger }): Promise<Worker> {
  const { logger } = options;
  const metrics = createWorkerMetrics();
  const decider = openDecider({
    url: config.databaseUrl,
    lanes: config.lanes,
    applicationName: 'slotline-worker',
    onAlarm: (alarm) => {
      metrics.alarms.inc({ kind: alarm.kind });
      logger.error({ alarm }, 'alarm: this should be impossible');
    },
  });
  let isCut = false;
  const onEvent = (event: QueueEvent) => {
    if (event.kind === 'close-dropped') isCut = true;
    metrics.queueEvents.inc({ kind: event.kind });
    reportQueueEvent(logger, event);
  };
  const queueWorker = await openTurns(config, { decider, metrics, onEvent });
  const stores = [
    {
      name: 'turns',
      close: () => queueWorker.close({ deadlineMs: Math.max(0, config.shutdownGraceMs - CLOSING_MS) }),
    },
    { name: 'decider', close: () => decider.close() },
  ];
  const closing = { deadlineMs: config.shutdownGraceMs, logger };
  const health = await openHealth(config, { metrics, queueWorker }).catch(async (cause: unknown) => {
    await closeInOrder(stores, closing);
    throw cause;
  });
  return {
    sweep: () => queueWorker.sweep(),
    close: async () => {
      const steps = [...stores, { name: 'health server', close: () => health?.close() }];
      // Turns that were dropped are safe, and yet they were cut off: whoever watches the exit code learns of it.
      return (await closeInOrder(steps, closing)) && !isCut;
    },
  };
}

async function openHealth(
  config: WorkerConfig,
  { metrics, queueWorker }: { metrics: WorkerMetrics; queueWorker: OrgWorker },
): Promise<HealthServer | undefined> {
  if (config.health === undefined) return undefined;
  const isRunning = () => queueWorker.isRunning();
  return openHealthServer({ ...config.health, registry: metrics.registry, isRunning });
}

function openTurns(
  config: WorkerConfig,
  {
    decider,
    metrics,
    onEvent,
  }: { decider: Decider; metrics: WorkerMetrics; onEvent: (event: QueueEvent) => void },
): Promise<OrgWorker> {
  const lanes = createCommitLanes({
    decider,
    lanes: config.lanes,
    groupMax: config.commitGroupMax,
    onGroup: ({ requests, tookMs }) => {
      metrics.groupRequests.observe(requests);
      metrics.groupSeconds.observe(tookMs / 1_000);
    },
  });
  return openOrgWorker<Job, RequestRecord>({
    redisUrl: config.redisUrl,
    name: config.queueName,
    shards: config.queueShards,
    concurrency: config.turns,
    batchMax: config.commitGroupMax,
    parse: readJob,
    handle: async (batch) => {
      const records = await decideBatch(lanes, batch);
      for (const { outcome } of records) metrics.decided.inc({ outcome: outcome.kind });
      return records;
    },
    bury: (item) => quarantine(decider, item),
    isRetryable,
    onEvent,
  });
}

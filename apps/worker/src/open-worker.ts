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
import { openHealthServer } from './open-health-server.ts';
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
  const queueWorker = await openTurns(config, { decider, metrics, logger });
  const health =
    config.health &&
    (await openHealthServer({
      ...config.health,
      registry: metrics.registry,
      isRunning: () => queueWorker.isRunning(),
    }));
  return {
    sweep: () => queueWorker.sweep(),
    close: () =>
      closeInOrder(
        [
          {
            name: 'turns',
            close: () => queueWorker.close({ deadlineMs: Math.max(0, config.shutdownGraceMs - CLOSING_MS) }),
          },
          { name: 'decider', close: () => decider.close() },
          { name: 'health server', close: () => health?.close() },
        ],
        { deadlineMs: config.shutdownGraceMs, logger },
      ),
  };
}

function openTurns(
  config: WorkerConfig,
  { decider, metrics, logger }: { decider: Decider; metrics: WorkerMetrics; logger: Logger },
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
    onEvent: (event: QueueEvent) => {
      metrics.queueEvents.inc({ kind: event.kind });
      reportQueueEvent(logger, event);
    },
  });
}

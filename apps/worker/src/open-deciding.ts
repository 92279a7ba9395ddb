// The deciding part of a worker. It takes batches from the queue, commits groups to PostgreSQL and returns
// outcomes to the queue. It also watches holds and enqueues the release of those that are due.

import { readJob, type Job } from '@slotline/contract';
import { isRetryable, openDecider, type Decider, type RequestRecord } from '@slotline/db';
import { openOrgWorker, type OrgWorker, type QueueEventListener } from '@slotline/queue';
import type { Logger } from '@slotline/runtime';
import { createCommitLanes } from './commit-lanes.ts';
import type { WorkerConfig } from './config.ts';
import { decideBatch, quarantine } from './decide-batch.ts';
import type { WorkerMetrics } from './metrics.ts';
import { openHoldWatch } from './open-hold-watch.ts';
import type { HoldWatch } from './watch-holds.ts';

export interface DecidingOptions {
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  readonly onQueueEvent: QueueEventListener;
  /** Called after each transaction that committed. Must not throw. */
  readonly onDecided?: ((decided: { readonly hasCallbacks: boolean }) => void) | undefined;
}

export interface Deciding {
  readonly orgWorker: OrgWorker;
  readonly decider: Decider;
  readonly holds: HoldWatch;
}

/** Throws a `QueueUnavailableError` when Redis cannot be reached. PostgreSQL is waited for. */
export async function openDeciding(config: WorkerConfig, options: DecidingOptions): Promise<Deciding> {
  const { logger, metrics } = options;
  const decider = openDecider({
    url: config.databaseUrl,
    lanes: config.lanes,
    applicationName: 'slotline-worker',
    onAlarm: (alarm) => {
      metrics.alarms.inc({ kind: alarm.kind });
      logger.error({ alarm }, 'alarm: this should be impossible');
    },
  });
  try {
    const orgWorker = await openDecidingWorker(config, decider, options);
    const holds = await openHoldWatch(config, options).catch(async (cause: unknown) => {
      await orgWorker.close({ deadlineMs: 0 });
      throw cause;
    });
    return { orgWorker, decider, holds };
  } catch (cause) {
    await decider.close();
    throw cause;
  }
}

function openDecidingWorker(
  config: WorkerConfig,
  decider: Decider,
  { metrics, onQueueEvent, onDecided }: DecidingOptions,
): Promise<OrgWorker> {
  const lanes = createCommitLanes({
    decider,
    lanes: config.lanes,
    groupMax: config.commitGroupMax,
    onGroup: ({ requests, hasCallbacks, tookMs }) => {
      metrics.groupRequests.observe(requests);
      metrics.groupSeconds.observe(tookMs / 1_000);
      onDecided?.({ hasCallbacks });
    },
  });
  return openOrgWorker<Job, RequestRecord>({
    redisUrl: config.redisUrl,
    redisCa: config.redisCa,
    name: config.queueName,
    shards: config.queueShards,
    concurrency: config.concurrency,
    batchMax: config.commitGroupMax,
    sharedBatchMax: config.sharedBatchMax,
    parse: readJob,
    handle: async (batch) => {
      const records = await decideBatch(lanes, batch, config.commitGroupMax);
      // Counted per outcome first, because the lookup of a counter by label costs more than the increment.
      const byOutcome = Map.groupBy(records, ({ outcome }) => outcome.kind);
      for (const [outcome, { length }] of byOutcome) metrics.decided.inc({ outcome }, length);
      return records;
    },
    bury: (item) => quarantine(decider, item),
    isRetryable,
    onEvent: onQueueEvent,
  });
}

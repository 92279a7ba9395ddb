// One worker process: decides, and tells the world. Any number of them may run side by side on the same queue
// and database.

import type { QueueEvent } from '@slotline/queue';
import { closeInOrder, type ClosingStep, type Logger, type Service } from '@slotline/runtime';
import type { WorkerConfig } from './config.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { openDeciding, type Deciding } from './open-deciding.ts';
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
  let isCut = false;
  const onQueueEvent = (event: QueueEvent) => {
    if (event.kind === 'close-dropped') isCut = true;
    metrics.queueEvents.inc({ kind: event.kind });
    reportQueueEvent(logger, event);
  };
  const deciding = await openDeciding(config, { logger, metrics, onQueueEvent, onDecided: () => {} });
  const stores = stepsOf(deciding, Math.max(0, config.shutdownGraceMs - CLOSING_MS));
  const closing = { deadlineMs: config.shutdownGraceMs, logger };
  const health = await openHealth(config, { metrics, deciding }).catch(async (cause: unknown) => {
    await closeInOrder(stores, closing);
    throw cause;
  });
  return {
    sweep: () => deciding.turns.sweep(),
    close: async () => {
      const steps = [...stores, { name: 'health server', close: () => health?.close() }];
      // Turns that were dropped are safe, and yet they were cut off: whoever watches the exit code learns of it.
      return (await closeInOrder(steps, closing)) && !isCut;
    },
  };
}

function stepsOf({ turns, decider }: Deciding, deadlineMs: number): readonly ClosingStep[] {
  return [
    { name: 'turns', close: () => turns.close({ deadlineMs }) },
    { name: 'decider', close: () => decider.close() },
  ];
}

async function openHealth(
  config: WorkerConfig,
  { metrics, deciding }: { metrics: WorkerMetrics; deciding: Deciding },
): Promise<HealthServer | undefined> {
  if (config.health === undefined) return undefined;
  const isRunning = () => deciding.turns.isRunning();
  return openHealthServer({ ...config.health, registry: metrics.registry, isRunning });
}

// One worker process: it decides requests, delivers webhooks, or both. Any number of them may run side by
// side on the same queue and database.

import type { QueueEvent } from '@slotline/queue';
import { closeInOrder, type ClosingStep, type Logger, type Service } from '@slotline/runtime';
import type { WorkerConfig } from './config.ts';
import type { Deliverer } from './deliver/deliverer.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { openDeciding, type Deciding } from './open-deciding.ts';
import { openDelivering } from './open-delivering.ts';
import { openHealthServer, type HealthServer } from './open-health-server.ts';
import { reportQueueEvent } from './report-queue-event.ts';

/** Part of the grace time that is reserved for closing connections after the leases have ended. */
const CLOSING_MS = 2_000;

export interface Worker extends Service {
  /** Runs a sweep now instead of at the next interval; 0 in a process that does not decide. */
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
  const parts = await openParts(config, { logger, metrics, onQueueEvent });
  const deadlineMs = Math.max(0, config.shutdownGraceMs - CLOSING_MS);
  const steps = stepsOf(parts, { deadlineMs, onCut: () => (isCut = true) });
  const closing = { deadlineMs: config.shutdownGraceMs, logger };
  const health = await openHealth(config, { metrics, parts }).catch(async (cause: unknown) => {
    await closeInOrder(steps, closing);
    throw cause;
  });
  return {
    sweep: async () => parts.deciding?.orgWorker.sweep() ?? 0,
    close: async () => {
      const all = [...steps, { name: 'health server', close: () => health?.close() }];
      // Dropped leases lose nothing, but their batches were cut off. The exit code reports that.
      return (await closeInOrder(all, closing)) && !isCut;
    },
  };
}

interface Parts {
  readonly deciding: Deciding | undefined;
  readonly deliverer: Deliverer | undefined;
}

async function openParts(
  config: WorkerConfig,
  options: { logger: Logger; metrics: WorkerMetrics; onQueueEvent: (event: QueueEvent) => void },
): Promise<Parts> {
  const deliverer = config.roles.includes('deliver') ? await openDelivering(config, options) : undefined;
  if (!config.roles.includes('decide')) return { deliverer, deciding: undefined };
  const onDecided = deliverer?.nudge;
  const deciding = await openDeciding(config, { ...options, onDecided }).catch(async (cause: unknown) => {
    await deliverer?.close({ deadlineMs: 0 });
    throw cause;
  });
  return { deliverer, deciding };
}

/** Both parts stop at the same time, so that each has the whole grace time for its work in flight. */
function stepsOf(
  { deciding, deliverer }: Parts,
  { deadlineMs, onCut }: { deadlineMs: number; onCut: () => void },
): readonly ClosingStep[] {
  const closeDeliverer = async () => {
    if ((await deliverer?.close({ deadlineMs })) === false) onCut();
  };
  return [
    {
      name: 'leases',
      close: async () => {
        // The hold watch is signalled first and awaited last, so the leases do not wait for its last check.
        void deciding?.holds.close().catch(() => {}); // reported by its own step
        await Promise.all([deciding?.orgWorker.close({ deadlineMs }), closeDeliverer()]);
      },
    },
    { name: 'decider', close: () => deciding?.decider.close() },
    { name: 'holds', close: () => deciding?.holds.close() },
  ];
}

async function openHealth(
  config: WorkerConfig,
  { metrics, parts: { deciding, deliverer } }: { metrics: WorkerMetrics; parts: Parts },
): Promise<HealthServer | undefined> {
  if (config.health === undefined) return undefined;
  const isRunning = () => deciding?.orgWorker.isRunning() !== false && deliverer?.isRunning() !== false;
  return openHealthServer({ ...config.health, registry: metrics.registry, roles: config.roles, isRunning });
}

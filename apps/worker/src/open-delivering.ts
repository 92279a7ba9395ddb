// The delivering part of a worker: its own connection pool, the HTTP client for receivers, and the deliverer.

import { openDatabase } from '@slotline/db';
import type { QueueEventListener } from '@slotline/queue';
import type { Logger } from '@slotline/runtime';
import { openPoster } from '@slotline/webhook';
import type { WorkerConfig } from './config.ts';
import { createDeliverMetrics } from './deliver/deliver-metrics.ts';
import { openDeliverer, type Deliverer } from './deliver/deliverer.ts';
import { ANSWER_BYTES_MAX, POST_TIMEOUT_MS } from './deliver/limits.ts';
import type { WorkerMetrics } from './metrics.ts';

/**
 * Separate from the deciding connections, so that neither waits for the other (C40). A backlog of deliveries
 * keeps all of them busy; more would slow down deciding, and an API on the database's machine.
 */
const CONNECTIONS = 2;
/** Hundreds of turns share the connections. Longer than a page or a claim ever waits for one. */
const CONNECT_TIMEOUT_MS = 30_000;

export interface DeliveringOptions {
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  readonly onQueueEvent: QueueEventListener;
}

/** Throws a `QueueUnavailableError` when Redis cannot be reached. PostgreSQL is waited for. */
export async function openDelivering(config: WorkerConfig, options: DeliveringOptions): Promise<Deliverer> {
  const { logger, metrics, onQueueEvent } = options;
  const { policy, secretsKey } = config.webhook;
  if (secretsKey === undefined) {
    logger.warn('WEBHOOK_SECRETS_KEY is unset: webhook secrets are stored unencrypted in the database');
  }
  const db = openDatabase({
    url: config.databaseUrl,
    poolMax: CONNECTIONS,
    applicationName: 'slotline-deliverer',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  const poster = openPoster({ policy, timeoutMs: POST_TIMEOUT_MS, bytesMax: ANSWER_BYTES_MAX });
  const closeOwn = async () => {
    await poster.close();
    await db.close();
  };
  try {
    const deliverer = await openDeliverer({
      db,
      queueTarget: {
        redisUrl: config.redisUrl,
        redisCa: config.redisCa,
        name: config.queueName,
        shards: config.queueShards,
      },
      poster,
      secretsKey,
      logger,
      metrics: createDeliverMetrics(metrics.registry),
      knobs: config.delivery,
      onQueueEvent,
    });
    return {
      ...deliverer,
      close: async (limits) => {
        const isClean = await deliverer.close(limits);
        await closeOwn();
        return isClean;
      },
    };
  } catch (cause) {
    await closeOwn();
    throw cause;
  }
}

// Opens the hold watch with its own connections. It shares none with the deciding part, so that neither waits for the
// other.

import type { JobText } from '@slotline/contract';
import { openDatabase, type RequestRecord } from '@slotline/db';
import { openOrgQueue, type QueueEventListener } from '@slotline/queue';
import type { Logger } from '@slotline/runtime';
import type { WorkerConfig } from './config.ts';
import { watchHolds, type HoldWatch } from './watch-holds.ts';

/** A check is one cheap query. One that takes longer than this is retried, and must not delay a close. */
const LOOK_TIMEOUT_MS = 2_000;

/** Throws a `QueueUnavailableError` when Redis cannot be reached. PostgreSQL is waited for. */
export async function openHoldWatch(
  config: WorkerConfig,
  { logger, onQueueEvent }: { logger: Logger; onQueueEvent: QueueEventListener },
): Promise<HoldWatch> {
  const queue = await openOrgQueue<JobText, RequestRecord>({
    redisUrl: config.redisUrl,
    redisCa: config.redisCa,
    name: config.queueName,
    shards: config.queueShards,
    onEvent: onQueueEvent,
  });
  const db = openDatabase({
    url: config.databaseUrl,
    poolMax: 1,
    applicationName: 'slotline-holds',
    statementTimeoutMs: LOOK_TIMEOUT_MS,
    connectTimeoutMs: LOOK_TIMEOUT_MS,
  });
  const watch = watchHolds({ db, queue, logger, checkMs: config.holdCheckMs });
  const close = async () => {
    await watch.close();
    await Promise.all([queue.close(), db.close()]);
  };
  let closing: Promise<void> | undefined;
  return { close: () => (closing ??= close()) };
}

/**
 * Lets BullMQ deal out the turns of one shard and runs them. What BullMQ decides is only who works when;
 * it may lose, repeat or delay turns without an item being lost, decided twice or out of order.
 */
import { type Job, Worker } from 'bullmq';
import type { RedisClient } from './connect.ts';
import type { QueueEventListener } from './queue-event.ts';
import type { Shard } from './shards.ts';
import { takeTurn, type TurnDependencies } from './take-turn.ts';
import { TURN_QUEUE_NAME, type TurnData, type TurnQueue } from './turn-queue.ts';
import type { TurnsInHand } from './turns-in-hand.ts';
import type { WorkerKnobs } from './worker-options.ts';

export interface TurnWorkerOptions<T, R> {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly knobs: WorkerKnobs;
  readonly turn: TurnDependencies<T, R>;
  readonly turnQueue: TurnQueue;
  readonly inHand: TurnsInHand;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

/** BullMQ's wait after a failed fetch; its default of 15 s is how long a worker would sleep on after an outage. */
const FETCH_RETRY_MS = 1_000;
/** Redis answers, and the answer is no. */
const REFUSAL = /^(OOM|READONLY|MISCONF|LOADING|NOPERM|CLUSTERDOWN|MASTERDOWN)\b/;
/** Longest a fetch blocks, in seconds. */
const FETCH_BLOCK_S = 2;

export function createTurnWorker<T, R>(options: TurnWorkerOptions<T, R>): Worker<TurnData> {
  const { client, shard, knobs, onEvent } = options;
  const lostLocks = new Set<string>();
  const worker = new Worker<TurnData>(TURN_QUEUE_NAME, (job) => runTurn(job, lostLocks, options), {
    connection: client,
    prefix: shard.tag,
    concurrency: knobs.concurrency,
    lockDuration: knobs.lockDurationMs,
    stalledInterval: knobs.stalledIntervalMs,
    // A turn that stalled too often would fail without running, and swallow the adds that come meanwhile.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    drainDelay: FETCH_BLOCK_S,
    runRetryDelay: FETCH_RETRY_MS,
    settings: { backoffStrategy: () => knobs.retryBackoffMs },
  });
  worker.on('error', (cause) => {
    onEvent({ kind: 'redis-error', connection: 'turns', cause });
    if (REFUSAL.test(cause.message)) restAfterRefusal(worker, options.isStopping);
  });
  worker.on('stalled', (turnId) => onEvent({ kind: 'turn-stalled', turnId }));
  worker.on('failed', (job, cause) => {
    if (job) onEvent({ kind: 'turn-failed', orgId: job.data.orgId, cause });
  });
  worker.on('lockRenewalFailed', (turnIds) => {
    for (const turnId of turnIds) lostLocks.add(turnId);
    onEvent({ kind: 'lock-lost', turns: turnIds.length });
  });
  return worker;
}

/** BullMQ asks again at once when Redis refuses a fetch, as fast as it answers; this makes it wait in between. */
function restAfterRefusal(worker: Worker<TurnData>, isStopping: () => boolean): void {
  if (worker.isPaused()) return;
  void worker.pause(true);
  setTimeout(() => {
    // Once closing has begun, pausing is its business.
    if (!isStopping()) void worker.resume();
  }, FETCH_RETRY_MS).unref();
}

async function runTurn<T, R>(
  job: Job<TurnData>,
  lostLocks: Set<string>,
  { turn, turnQueue, inHand, isStopping, onEvent }: TurnWorkerOptions<T, R>,
): Promise<void> {
  const { orgId } = job.data;
  const turnId = job.id ?? '';
  try {
    await inHand.hold(orgId, async () => {
      // BullMQ may fetch one more turn after it was told to stop: it goes straight back to the line.
      if (isStopping()) return turnQueue.add([orgId]);
      const beganAt = performance.now();
      // Whoever lost the lock ends after the batch in hand: another worker has the org now.
      const isOver = (): boolean => isStopping() || lostLocks.has(turnId);
      const waitedMs = Math.max(0, Date.now() - job.timestamp);
      const { items, depth } = await takeTurn({ orgId, waitedMs, isStopping: isOver }, turn);
      // Added while this turn is active, so it comes behind every org that is in line now.
      if (depth > 0) await turnQueue.add([orgId]);
      const tookMs = performance.now() - beganAt;
      onEvent({ kind: 'turn-taken', orgId, items, tookMs, isYielded: depth > 0 });
    });
  } finally {
    lostLocks.delete(turnId);
  }
}

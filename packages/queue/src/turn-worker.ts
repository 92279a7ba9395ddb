/**
 * Lets BullMQ deal out the turns of one shard and runs them. What BullMQ decides is only who holds which line;
 * it may lose, repeat or delay turns without an item being lost, decided twice or out of order.
 */
import { type Job, Worker } from 'bullmq';
import type { RedisClient } from './connect.ts';
import type { LineTurns } from './line-turns.ts';
import type { QueueEventListener } from './queue-event.ts';
import type { Shard } from './shards.ts';
import { TURN_QUEUE_NAME, type TurnData, type TurnQueue } from './turn-queue.ts';
import type { WorkerKnobs } from './worker-options.ts';

export interface TurnWorkerOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly knobs: WorkerKnobs;
  readonly turns: LineTurns;
  readonly turnQueue: TurnQueue;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

/** BullMQ's wait after a failed fetch; its default of 15 s is how long a worker would sleep on after an outage. */
const FETCH_RETRY_MS = 1_000;
/** Redis answers, and the answer is no. */
const REFUSAL = /^(OOM|READONLY|MISCONF|LOADING|NOPERM|CLUSTERDOWN|MASTERDOWN)\b/;
/** Longest a fetch blocks, in seconds. */
const FETCH_BLOCK_S = 5;

export function createTurnWorker(options: TurnWorkerOptions): Worker<TurnData> {
  const { client, shard, knobs, turns, onEvent } = options;
  const locks = new Map<string, AbortController>();
  const worker = new Worker<TurnData>(TURN_QUEUE_NAME, (job) => runTurn(job, locks, options), {
    connection: client,
    prefix: shard.tag,
    concurrency: turns.limit,
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
    if (job) onEvent({ kind: 'turn-failed', line: job.data.line, cause });
  });
  worker.on('lockRenewalFailed', (turnIds) => {
    for (const turnId of turnIds) locks.get(turnId)?.abort();
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

async function runTurn(
  job: Job<Partial<TurnData>>,
  locks: Map<string, AbortController>,
  { turns, turnQueue, isStopping, onEvent }: TurnWorkerOptions,
): Promise<void> {
  const { line } = job.data;
  // From before there were lines: a turn of one org, which the sweeper finds.
  if (line === undefined) return;
  // BullMQ may fetch one more turn after it was told to stop: it goes straight back to the queue.
  if (isStopping()) return turnQueue.add([line]);
  const turnId = job.id ?? '';
  const lock = new AbortController();
  locks.set(turnId, lock);
  try {
    const beganAt = performance.now();
    const { items, left } = await turns.serve(line, { lost: lock.signal });
    // Added while this turn is active, so it comes behind every line that waits now.
    if (left > 0) await turnQueue.add([line]);
    const tookMs = performance.now() - beganAt;
    onEvent({ kind: 'turn-taken', line, items, tookMs, isYielded: left > 0 });
  } finally {
    locks.delete(turnId);
  }
}

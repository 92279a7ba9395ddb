/**
 * Receives the turns of one shard from BullMQ and runs them. BullMQ decides only which worker holds which
 * partition; if it loses, repeats or delays turns, no item is lost, settled twice or reordered.
 */
import { type Job, Worker } from 'bullmq';
import type { QueueEventListener } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Shard } from '../redis/shards.ts';
import type { PartitionTurns } from './partition-turns.ts';
import { TURN_QUEUE_NAME, type TurnData, type TurnQueue } from './turn-queue.ts';

export interface TurnWorkerOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  /** See `WorkerKnobs`. */
  readonly knobs: {
    readonly lockDurationMs: number;
    readonly stalledIntervalMs: number;
    readonly retryBackoffMs: number;
  };
  readonly turns: PartitionTurns;
  readonly turnQueue: TurnQueue;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

/**
 * BullMQ's pause after a failed fetch; with its default of 15 s a worker would stay idle that long after an
 * outage.
 */
const FETCH_RETRY_MS = 1_000;
/** Errors with which Redis refuses a command. */
const REFUSAL = /^(OOM|READONLY|MISCONF|LOADING|NOPERM|CLUSTERDOWN|MASTERDOWN)\b/;
/** Maximum time a fetch blocks, in seconds. */
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
    // With a limit, a turn that stalled too often would fail without running, and block adds until then.
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
    if (job) onEvent({ kind: 'turn-failed', partition: job.data.line, cause });
  });
  worker.on('lockRenewalFailed', (turnIds) => {
    for (const turnId of turnIds) locks.get(turnId)?.abort();
    onEvent({ kind: 'lock-lost', turns: turnIds.length });
  });
  return worker;
}

/** BullMQ retries a refused fetch without a pause; this adds one. */
function restAfterRefusal(worker: Worker<TurnData>, isStopping: () => boolean): void {
  if (worker.isPaused()) return;
  void worker.pause(true);
  setTimeout(() => {
    // Closing pauses the worker itself.
    if (!isStopping()) void worker.resume();
  }, FETCH_RETRY_MS).unref();
}

async function runTurn(
  job: Job<Partial<TurnData>>,
  locks: Map<string, AbortController>,
  { turns, turnQueue, isStopping, onEvent }: TurnWorkerOptions,
): Promise<void> {
  const { line: partition } = job.data;
  // A turn of one org, from a release without partitions; the sweeper finds the org.
  if (partition === undefined) return;
  // BullMQ may fetch one more turn after the stop; it is requeued.
  if (isStopping()) return turnQueue.add([partition]);
  const turnId = job.id ?? '';
  const lock = new AbortController();
  locks.set(turnId, lock);
  try {
    const beganAt = performance.now();
    const { items, left } = await turns.serve(partition, { lost: lock.signal });
    // Added while this turn is active, so it is queued behind all partitions that wait now.
    if (left > 0) await turnQueue.add([partition]);
    const tookMs = performance.now() - beganAt;
    onEvent({ kind: 'turn-taken', partition, items, tookMs, isYielded: left > 0 });
  } finally {
    locks.delete(turnId);
  }
}

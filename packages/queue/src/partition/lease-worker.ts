/**
 * Receives the partition leases of one shard from BullMQ and runs them. BullMQ decides only which worker
 * holds which partition; if it loses, repeats or delays leases, no item is lost, completed twice or reordered.
 */
import { type Job, Worker } from 'bullmq';
import type { QueueEventListener } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Shard } from '../redis/shards.ts';
import { LEASE_QUEUE_NAME, type LeaseData, type LeaseQueue } from './lease-queue.ts';
import type { PartitionLeases } from './partition-leases.ts';

export interface LeaseWorkerOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  /** See `WorkerKnobs`. */
  readonly knobs: {
    readonly lockDurationMs: number;
    readonly stalledIntervalMs: number;
    readonly retryBackoffMs: number;
  };
  readonly leases: PartitionLeases;
  readonly leaseQueue: LeaseQueue;
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

export function createLeaseWorker(options: LeaseWorkerOptions): Worker<LeaseData> {
  const { client, shard, knobs, leases, onEvent } = options;
  const locks = new Map<string, AbortController>();
  const worker = new Worker<LeaseData>(LEASE_QUEUE_NAME, (job) => runLease(job, locks, options), {
    connection: client,
    prefix: shard.tag,
    concurrency: leases.limit,
    lockDuration: knobs.lockDurationMs,
    stalledInterval: knobs.stalledIntervalMs,
    // With a limit, a lease that stalled too often would fail without running, and block adds until then.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    drainDelay: FETCH_BLOCK_S,
    runRetryDelay: FETCH_RETRY_MS,
    settings: { backoffStrategy: () => knobs.retryBackoffMs },
  });
  worker.on('error', (cause) => {
    onEvent({ kind: 'redis-error', connection: 'leases', cause });
    if (REFUSAL.test(cause.message)) restAfterRefusal(worker, options.isStopping);
  });
  worker.on('stalled', (leaseId) => onEvent({ kind: 'turn-stalled', leaseId }));
  worker.on('failed', (job, cause) => {
    if (job) onEvent({ kind: 'turn-failed', partition: job.data.line, cause });
  });
  worker.on('lockRenewalFailed', (leaseIds) => {
    for (const leaseId of leaseIds) locks.get(leaseId)?.abort();
    onEvent({ kind: 'lock-lost', leases: leaseIds.length });
  });
  return worker;
}

/** BullMQ retries a refused fetch without a pause; this adds one. */
function restAfterRefusal(worker: Worker<LeaseData>, isStopping: () => boolean): void {
  if (worker.isPaused()) return;
  void worker.pause(true);
  setTimeout(() => {
    // Closing pauses the worker itself.
    if (!isStopping()) void worker.resume();
  }, FETCH_RETRY_MS).unref();
}

async function runLease(
  job: Job<Partial<LeaseData>>,
  locks: Map<string, AbortController>,
  { leases, leaseQueue, isStopping, onEvent }: LeaseWorkerOptions,
): Promise<void> {
  const { line: partition } = job.data;
  // A job of one org, from a release without partitions; the sweeper finds the org.
  if (partition === undefined) return;
  // BullMQ may fetch one more lease after the stop; it is requeued.
  if (isStopping()) return leaseQueue.add([partition]);
  const leaseId = job.id ?? '';
  const lock = new AbortController();
  locks.set(leaseId, lock);
  try {
    const beganAt = performance.now();
    const { items, left } = await leases.serve(partition, { lost: lock.signal });
    // Added while this lease is active, so it is queued behind all partitions that wait now.
    if (left > 0) await leaseQueue.add([partition]);
    const tookMs = performance.now() - beganAt;
    onEvent({ kind: 'turn-taken', partition, items, tookMs, isYielded: left > 0 });
  } finally {
    locks.delete(leaseId);
  }
}

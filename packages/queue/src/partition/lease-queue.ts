/**
 * Adds partition leases: the only place that adds jobs to BullMQ. A lease is the right to serve one partition
 * and carries nothing else, so a lost lease loses no item, and a surplus lease does no harm.
 *
 * A partition has at most one active and one waiting lease, by BullMQ's deduplication:
 *   no lease        -> the add makes one, at the tail of the queue
 *   one waiting     -> the add is dropped; the waiting lease will serve the new items
 *   one active      -> the add is kept (`keepLastIfActive`): it becomes a waiting lease when the active one ends
 *   one in backoff  -> the add is dropped; the lease is retried after the backoff, which is fixed and short
 *   key without job -> adds are dropped indefinitely if the job's hash still exists; the sweeper repairs this
 */
import { Queue, type JobsOptions } from 'bullmq';
import { LEASE_EVENTS_MAX } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Shard } from '../redis/shards.ts';

/** Like all strings that BullMQ stores for a lease, an older name that is kept for rolling updates. */
export const LEASE_QUEUE_NAME = 'turns';
/**
 * The worker's backoff strategy sets the delay, so a changed setting applies to leases already in the queue.
 */
const LEASE_BACKOFF = 'turn';

export interface LeaseData {
  /** The partition's number. */
  readonly line: number;
}

export interface LeaseQueue {
  /** Rejects when a lease could not be added; the sweeper will find the orgs. */
  add(partitions: readonly number[]): Promise<void>;
  /**
   * `waiting`: to be delivered; `live`: active or in backoff; `none`: no lease that a worker would ever run.
   */
  stateOf(partition: number): Promise<'live' | 'waiting' | 'none'>;
  /** Number of leases waiting to be delivered. */
  countWaiting(): Promise<number>;
  /** Removes the partition's deduplication key, whatever it points to. */
  forget(partition: number): Promise<void>;
  close(): Promise<void>;
}

export function createLeaseQueue(
  client: RedisClient,
  shard: Shard,
  onError: (cause: Error) => void,
): LeaseQueue {
  const queue = new Queue<LeaseData>(LEASE_QUEUE_NAME, {
    connection: client,
    prefix: shard.tag,
    skipVersionCheck: true,
    streams: { events: { maxLen: LEASE_EVENTS_MAX } },
  });
  queue.on('error', onError);
  return {
    async add(partitions) {
      if (partitions.length > 0) await queue.addBulk(partitions.map(jobOf));
    },
    async stateOf(partition) {
      const jobId = await queue.getDeduplicationJobId(deduplicationIdOf(partition));
      const state = jobId ? await queue.getJobState(jobId) : 'unknown';
      if (state === 'waiting') return 'waiting';
      return state === 'active' || state === 'delayed' ? 'live' : 'none';
    },
    countWaiting: () => queue.getWaitingCount(),
    async forget(partition) {
      await queue.removeDeduplicationKey(deduplicationIdOf(partition));
    },
    close: () => queue.close(),
  };
}

/**
 * Not the bare number: in an older release with jobs per org, an org's id may be that number.
 */
function deduplicationIdOf(partition: number): string {
  return `line-${partition}`;
}

function jobOf(partition: number): { name: string; data: LeaseData; opts: JobsOptions } {
  return { name: 'turn', data: { line: partition }, opts: jobOptionsOf(partition) };
}

function jobOptionsOf(partition: number): JobsOptions {
  return {
    // Never a jobId: a finished job with that id would block every later add.
    deduplication: { id: deduplicationIdOf(partition), keepLastIfActive: true },
    // Practically unlimited: a permanently failed lease is not retried.
    attempts: 1_000_000_000,
    backoff: { type: LEASE_BACKOFF },
    removeOnComplete: true,
    removeOnFail: { age: 3_600 },
    stackTraceLimit: 1,
  };
}

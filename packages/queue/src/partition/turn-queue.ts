/**
 * Adds turns: the only place that adds jobs to BullMQ. A turn is the right to serve one partition and carries
 * nothing else, so a lost turn loses no item, and a surplus turn does no harm.
 *
 * A partition has at most one active and one waiting turn, by BullMQ's deduplication:
 *   no turn         -> the add makes one, at the tail of the queue
 *   one waiting     -> the add is dropped; the waiting turn will serve the new items
 *   one active      -> the add is kept (`keepLastIfActive`): it becomes a waiting turn when the active one ends
 *   one in backoff  -> the add is dropped; the turn is retried after the backoff, which is fixed and short
 *   key without job -> adds are dropped indefinitely if the job's hash still exists; the sweeper repairs this
 */
import { Queue, type JobsOptions } from 'bullmq';
import { TURN_EVENTS_MAX } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Shard } from '../redis/shards.ts';

export const TURN_QUEUE_NAME = 'turns';
/**
 * The worker's backoff strategy sets the delay, so a changed setting applies to turns already in the queue.
 */
const TURN_BACKOFF = 'turn';

export interface TurnData {
  /** The partition's number. Stored in BullMQ's job, so the name is kept for rolling updates. */
  readonly line: number;
}

export interface TurnQueue {
  /** Rejects when a turn could not be added; the sweeper will find the orgs. */
  add(partitions: readonly number[]): Promise<void>;
  /**
   * `waiting`: to be delivered; `live`: active or in backoff; `none`: no turn that a worker would ever run.
   */
  stateOf(partition: number): Promise<'live' | 'waiting' | 'none'>;
  /** Number of turns waiting to be delivered. */
  countWaiting(): Promise<number>;
  /** Removes the partition's deduplication key, whatever it points to. */
  forget(partition: number): Promise<void>;
  close(): Promise<void>;
}

export function createTurnQueue(
  client: RedisClient,
  shard: Shard,
  onError: (cause: Error) => void,
): TurnQueue {
  const queue = new Queue<TurnData>(TURN_QUEUE_NAME, {
    connection: client,
    prefix: shard.tag,
    skipVersionCheck: true,
    streams: { events: { maxLen: TURN_EVENTS_MAX } },
  });
  queue.on('error', onError);
  return {
    async add(partitions) {
      if (partitions.length > 0) await queue.addBulk(partitions.map(turnJob));
    },
    async stateOf(partition) {
      const jobId = await queue.getDeduplicationJobId(turnIdOf(partition));
      const state = jobId ? await queue.getJobState(jobId) : 'unknown';
      if (state === 'waiting') return 'waiting';
      return state === 'active' || state === 'delayed' ? 'live' : 'none';
    },
    countWaiting: () => queue.getWaitingCount(),
    async forget(partition) {
      await queue.removeDeduplicationKey(turnIdOf(partition));
    },
    close: () => queue.close(),
  };
}

/**
 * Not the bare number: in an older release with turns per org, an org's id may be that number. The prefix is
 * kept for rolling updates.
 */
function turnIdOf(partition: number): string {
  return `line-${partition}`;
}

function turnJob(partition: number): { name: string; data: TurnData; opts: JobsOptions } {
  return { name: 'turn', data: { line: partition }, opts: turnOptions(partition) };
}

function turnOptions(partition: number): JobsOptions {
  return {
    // Never a jobId: a finished job with that id would block every later add.
    deduplication: { id: turnIdOf(partition), keepLastIfActive: true },
    // Practically unlimited: a permanently failed turn is not retried.
    attempts: 1_000_000_000,
    backoff: { type: TURN_BACKOFF },
    removeOnComplete: true,
    removeOnFail: { age: 3_600 },
    stackTraceLimit: 1,
  };
}

/**
 * Adds turns: the only place that puts jobs into BullMQ. A turn is the right to serve one line of orgs and
 * carries nothing else, so losing one loses no item, and having one too many does no harm.
 *
 * One line has at most one active and one waiting turn, by BullMQ's deduplication:
 *   no turn yet     -> the add makes one, at the tail of the queue
 *   one waiting     -> the add is dropped; the waiting turn will see what the add was for
 *   one active      -> the add is kept (`keepLastIfActive`) and becomes a waiting turn when the active one ends
 *   one in backoff  -> the add is dropped; the turn comes back after the backoff, which is therefore fixed and short
 *   key without job -> the add is dropped for ever if the job's hash is still there: the sweeper's business
 */
import { Queue, type JobsOptions } from 'bullmq';
import type { RedisClient } from './connect.ts';
import { TURN_EVENTS_MAX } from './limits.ts';
import type { Shard } from './shards.ts';

export const TURN_QUEUE_NAME = 'turns';
/** The worker's own strategy decides how long, so that a changed setting holds for turns already in the queue. */
export const TURN_BACKOFF = 'turn';

export interface TurnData {
  readonly line: number;
}

export interface TurnQueue {
  /** Rejects when a turn could not be added; the sweeper will find the orgs. */
  add(lines: readonly number[]): Promise<void>;
  /** `waiting` to be dealt out; `live`: active or in backoff; `none`: no turn that a worker would ever come by. */
  stateOf(line: number): Promise<'live' | 'waiting' | 'none'>;
  /** Turns that wait to be dealt out. */
  countWaiting(): Promise<number>;
  /** Forgets a deduplication key, whatever it points to. */
  forget(line: number): Promise<void>;
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
    async add(lines) {
      if (lines.length > 0) await queue.addBulk(lines.map(turnJob));
    },
    async stateOf(line) {
      const jobId = await queue.getDeduplicationJobId(turnIdOf(line));
      const state = jobId ? await queue.getJobState(jobId) : 'unknown';
      if (state === 'waiting') return 'waiting';
      return state === 'active' || state === 'delayed' ? 'live' : 'none';
    },
    countWaiting: () => queue.getWaitingCount(),
    async forget(line) {
      await queue.removeDeduplicationKey(turnIdOf(line));
    },
    close: () => queue.close(),
  };
}

/** Not the bare number: an org that had turns of its own, before there were lines, may have been called so. */
function turnIdOf(line: number): string {
  return `line-${line}`;
}

function turnJob(line: number): { name: string; data: TurnData; opts: JobsOptions } {
  return { name: 'turn', data: { line }, opts: turnOptions(line) };
}

function turnOptions(line: number): JobsOptions {
  return {
    // Never a jobId: a finished job of that id would swallow every later add.
    deduplication: { id: turnIdOf(line), keepLastIfActive: true },
    // In effect without end: a finally failed turn would not come back by itself.
    attempts: 1_000_000_000,
    backoff: { type: TURN_BACKOFF },
    removeOnComplete: true,
    removeOnFail: { age: 3_600 },
    stackTraceLimit: 1,
  };
}

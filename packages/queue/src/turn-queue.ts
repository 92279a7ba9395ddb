/**
 * Adds turns: the only place that puts jobs into BullMQ. A turn is the right to empty one org's mailbox and
 * carries nothing else, so losing one loses no item, and having one too many does no harm.
 *
 * One org has at most one active and one waiting turn, by BullMQ's deduplication:
 *   no turn yet     -> the add makes one, at the tail of the line
 *   one waiting     -> the add is dropped; the waiting turn will see what the add was for
 *   one active      -> the add is kept (`keepLastIfActive`) and becomes a waiting turn when the active one ends
 *   one in backoff  -> the add is dropped; the turn comes back after the backoff, which is therefore fixed and short
 *   key without job -> the add is dropped for ever if the job's hash is still there: the sweeper's business
 */
import { Queue, type JobsOptions } from 'bullmq';
import type { RedisClient } from './connect.ts';
import { TURN_EVENTS_MAX, WAKE_ORGS_MAX } from './limits.ts';
import type { Shard } from './shards.ts';

export const TURN_QUEUE_NAME = 'turns';
/** The worker's own strategy decides how long, so that a changed setting holds for turns already in line. */
export const TURN_BACKOFF = 'turn';

export interface TurnData {
  readonly orgId: string;
}

export interface TurnQueue {
  /** Rejects when a turn could not be added; the sweeper will find the org. */
  add(orgIds: readonly string[]): Promise<void>;
  /** `waiting` in line; `live`: active or in backoff; `none`: no turn that a worker would ever come by. */
  stateOf(orgId: string): Promise<'live' | 'waiting' | 'none'>;
  /** Forgets a deduplication key, whatever it points to. */
  forget(orgId: string): Promise<void>;
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
    async add(orgIds) {
      for (let from = 0; from < orgIds.length; from += WAKE_ORGS_MAX) {
        await queue.addBulk(orgIds.slice(from, from + WAKE_ORGS_MAX).map(turnJob));
      }
    },
    async stateOf(orgId) {
      const jobId = await queue.getDeduplicationJobId(orgId);
      const state = jobId ? await queue.getJobState(jobId) : 'unknown';
      if (state === 'waiting') return 'waiting';
      return state === 'active' || state === 'delayed' ? 'live' : 'none';
    },
    async forget(orgId) {
      await queue.removeDeduplicationKey(orgId);
    },
    close: () => queue.close(),
  };
}

function turnJob(orgId: string): { name: string; data: TurnData; opts: JobsOptions } {
  return { name: 'turn', data: { orgId }, opts: turnOptions(orgId) };
}

function turnOptions(orgId: string): JobsOptions {
  return {
    // Never a jobId: a finished job of that id would swallow every later add.
    deduplication: { id: orgId, keepLastIfActive: true },
    // In effect without end: a finally failed turn would not come back by itself.
    attempts: 1_000_000_000,
    backoff: { type: TURN_BACKOFF },
    removeOnComplete: true,
    removeOnFail: { age: 3_600 },
    stackTraceLimit: 1,
  };
}

/**
 * The consumer: holds partitions of orgs, passes each org's items to `handle` in order, completes them, and
 * sweeps overdue orgs. Read the notes on related options before changing several: most bound how long an org
 * delays others, or how long a dead worker delays its orgs.
 */
import type { QueueEventListener } from '../queue-event.ts';
import type { QueueTarget } from '../redis/queue-target.ts';

/** Holds partitions of orgs until it is closed. Its guarantees hold if it crashes at any point. */
export interface OrgWorker {
  /**
   * Takes no more leases and finishes the batches in flight. At the deadline it drops them, and other workers
   * take them over after at most `lockDurationMs` + `stalledIntervalMs`. Default deadline 10,000.
   */
  close(options?: { deadlineMs?: number }): Promise<void>;
  /** True until `close` is called. Not a health check: use `OrgQueue.oldestAgeMs`. */
  isRunning(): boolean;
  /** Sweeps once, regardless of the sweep lease, and resolves with the number of overdue orgs. */
  sweep(): Promise<number>;
}

/** Argument of `handle`. The items are in the order of acceptance. */
export interface WorkBatch<T> {
  readonly orgId: string;
  /** At least one. */
  readonly items: readonly WorkItem<T>[];
}

export interface WorkItem<T> {
  readonly id: string;
  readonly payload: T;
  readonly fingerprint?: string;
}

export interface BuriedItem {
  readonly id: string;
  readonly orgId: string;
  /** The payload as it was accepted. */
  readonly raw: string;
  readonly fingerprint?: string;
  /** When Redis appended it, in milliseconds since 1970 by the clock of Redis. */
  readonly acceptedAtMs: number;
  /** The error thrown by `parse` or `handle`. */
  readonly cause: Error;
}

export interface OrgWorkerOptions<T, R> extends QueueTarget, Partial<WorkerKnobs> {
  /** Parses an accepted payload. If it throws, the item is poison and goes to `bury` without a retry. */
  parse(raw: string): T;
  /**
   * Decides a batch and makes the results durable before it resolves; one result per item, in order. It may
   * receive the same items again after a crash, and may run for one org on two workers at once after a lost
   * lock. It must end: until then its org waits, and it occupies one place of `concurrency`; other orgs are
   * not delayed.
   */
  handle(batch: WorkBatch<T>): Promise<readonly R[]>;
  /**
   * Stores an item that cannot be handled as a dead letter, durably before it resolves, and returns its
   * result.
   */
  bury(item: BuriedItem): Promise<R>;
  /**
   * True when the error is not the items' fault: it does not count as a try, and the org is retried later.
   */
  isRetryable(error: unknown): boolean;
  /** Receives events for logs and metrics. Must not throw. Default: events are dropped. */
  onEvent?: QueueEventListener;
}

export interface WorkerKnobs {
  /** Maximum items per batch. Larger: fewer commits, but more to redo and longer locks. Default 500. */
  batchMax: number;
  /**
   * Maximum items per batch and unit of weight while the worker serves other orgs as well; `batchMax` still
   * applies. Smaller: a flood delays other orgs less, and needs more commits. A single org is not limited by
   * it. Default 100.
   */
  sharedBatchMax: number;
  /**
   * Maximum payload bytes per batch; one item always fits. Larger: parsing blocks the event loop longer.
   * Default 1,000,000.
   */
  batchBytesMax: number;
  /**
   * Interval at which a lease may end to move its partition to another worker. Longer: a new worker gets its
   * share later; shorter: partitions pause for some milliseconds more often while workers join and leave.
   * Default 5,000.
   */
  sliceMs: number;
  /**
   * Orgs served concurrently by this worker, per shard. More than the database has connections is useless.
   * Default 64.
   */
  concurrency: number;
  /**
   * Backoff of an org after a batch failed through no fault of its items, and of a failed lease. Must stay
   * short and fixed: during it, new items cause no wake-up. Default 1,000.
   */
  retryBackoffMs: number;
  /**
   * Tries of a batch that fails because of its items, before it is bisected to find the failing item. Default
   * 3.
   */
  poisonTries: number;
  /** Pause between two sweeps. Default 1,000. */
  sweepIntervalMs: number;
  /**
   * Age of an org's oldest item from which the org is overdue. Below the normal waiting time, sweeps only
   * cause load. Default 2,000.
   */
  sweepAfterMs: number;
  /**
   * Sweeps with the same head of an org after which the sweeper checks whether its partition's lease is a
   * phantom. Default 3.
   */
  vainSweepsMax: number;
  /**
   * Time without renewal after which a lease's lock expires. Shorter: it is taken over sooner, and more often
   * from a worker that was only slow, which PostgreSQL makes harmless. Default 5,000.
   */
  lockDurationMs: number;
  /**
   * Interval of the check for stalled leases; a dead worker's partitions wait at most this plus
   * `lockDurationMs`. Default 2,500.
   */
  stalledIntervalMs: number;
  /**
   * How long a result is kept in Redis for `find` and replays. Costs the result's memory. Default 600,000.
   */
  completedTtlMs: number;
  /**
   * Maximum bytes of a result that is kept and announced here. `ELSEWHERE` replaces a larger one, and the
   * caller reads it from where `handle` made it durable. Higher: more memory for `completedTtlMs`, and longer
   * calls. Default 4,096.
   */
  resultBytesMax: number;
}

const DEFAULTS: WorkerKnobs = {
  batchMax: 500,
  sharedBatchMax: 100,
  batchBytesMax: 1_000_000,
  sliceMs: 5_000,
  concurrency: 64,
  retryBackoffMs: 1_000,
  poisonTries: 3,
  sweepIntervalMs: 1_000,
  sweepAfterMs: 2_000,
  vainSweepsMax: 3,
  lockDurationMs: 5_000,
  stalledIntervalMs: 2_500,
  completedTtlMs: 600_000,
  resultBytesMax: 4_096,
};

/** Fills in the defaults. Throws a `RangeError` on anything that is not a positive number. */
export function resolveKnobs(options: Partial<WorkerKnobs>): WorkerKnobs {
  const knobs = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof WorkerKnobs)[]) {
    const value = options[name] ?? DEFAULTS[name];
    if (!(value > 0)) throw new RangeError(`${name} must be positive, not ${value}`);
    knobs[name] = value;
  }
  return knobs;
}

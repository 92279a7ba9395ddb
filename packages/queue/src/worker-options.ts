/**
 * The knobs of a worker with their defaults. Change several together only with the notes on neighbours in
 * mind: most of them bound how long one org may keep others, or a dead worker its orgs, waiting.
 */
import type { BuriedItem, WorkBatch } from './work-batch.ts';
import type { QueueEventListener } from './queue-event.ts';
import type { QueueTarget } from './queue-target.ts';

export interface OrgWorkerOptions<T, R> extends QueueTarget, Partial<WorkerKnobs> {
  /** Makes a payload of what was accepted. What it throws on is poison at once and goes to `bury`. */
  parse(raw: string): T;
  /**
   * Decides a batch and makes the results durable before it resolves; one result an item, in order. May see the
   * same items again after a crash, and may run for one org on two workers at once after a lost lock. Must end:
   * its org waits for it, and it keeps one of `concurrency` places, however long it takes; others do not notice.
   */
  handle(batch: WorkBatch<T>): Promise<readonly R[]>;
  /** Keeps an item that cannot be handled, durably before it resolves, and says what its result is. */
  bury(item: BuriedItem): Promise<R>;
  /** True when it is not the items' fault: nothing is counted against them and the org comes again later. */
  isRetryable(error: unknown): boolean;
  /** Called for what logs and metrics want to know. Must not throw. Default: nobody listens. */
  onEvent?: QueueEventListener;
}

export interface WorkerKnobs {
  /** Items of one batch at most. Larger: fewer commits, but more to redo and longer locks. Default 500. */
  batchMax: number;
  /**
   * Items of one batch, times the org's weight, while the worker serves other orgs as well; `batchMax` still holds. Smaller:
   * a flood delays the others' batches less, and pays for it with more commits. An org that is alone is not cut. Default 100.
   */
  sharedBatchMax: number;
  /** Payload bytes of one batch at most, one item always fits. Larger: parsing blocks the event loop longer. Default 1,000,000. */
  batchBytesMax: number;
  /** How often a turn may end because other workers are to have its line. Longer: a new worker gets its share later; shorter: lines stand still for some milliseconds more often while workers come and go. Default 5,000. */
  sliceMs: number;
  /** Orgs served at the same time by this worker, for each shard. More than the database has connections is of no use. Default 64. */
  concurrency: number;
  /**
   * How long an org rests after a batch failed that was not its items' fault, and a failed turn before it comes again. Must
   * stay short and fixed: while it lasts, new items wake nobody. Default 1,000.
   */
  retryBackoffMs: number;
  /** Times a batch that fails by its items' fault is tried as it is, before it is halved to find the culprit. Default 3. */
  poisonTries: number;
  /** Pause between two sweeps. Default 1,000. */
  sweepIntervalMs: number;
  /** Age of an org's oldest item from which it is put in line again. Below the normal waiting time sweeps only make work. Default 2,000. */
  sweepAfterMs: number;
  /** Sweeps over which an org's head may stay the same before the sweeper looks whether its line's turn is a phantom. Default 3. */
  vainSweepsMax: number;
  /** Time without renewal after which a turn counts as abandoned. Shorter: sooner taken over, and more often from a worker that was only slow, which PostgreSQL makes harmless. Default 5,000. */
  lockDurationMs: number;
  /** How often abandoned turns are looked for; a dead worker's lines wait for at most this plus `lockDurationMs`. Default 2,500. */
  stalledIntervalMs: number;
  /** How long a result can be found and replayed from here. Costs the memory of the result. Default 600,000. */
  settledTtlMs: number;
  /**
   * Bytes of a result that is kept and announced here; in the place of a larger one is `ELSEWHERE`, and the caller reads it from where
   * `handle` made it durable. Higher: more memory for `settledTtlMs`, and longer calls. Default 4,096.
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
  settledTtlMs: 600_000,
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

/**
 * The consumer side: takes turns, hands each org's items in order to `handle`, and settles them.
 */
import type { QueueEventListener } from './queue-event.ts';
import type { QueueTarget } from './queue-target.ts';

export interface WorkItem<T> {
  readonly id: string;
  readonly payload: T;
  readonly fingerprint?: string;
}

export interface WorkBatch<T> {
  readonly orgId: string;
  readonly items: readonly WorkItem<T>[];
}

export interface BuriedItem {
  readonly id: string;
  readonly orgId: string;
  readonly raw: string;
  readonly fingerprint?: string;
  readonly cause: Error;
}

export interface OrgWorkerOptions<T, R> extends QueueTarget {
  parse(raw: string): T;
  handle(batch: WorkBatch<T>): Promise<readonly R[]>;
  bury(item: BuriedItem): Promise<R>;
  isRetryable(error: unknown): boolean;
  batchMax?: number;
  batchBytesMax?: number;
  sliceMs?: number;
  concurrency?: number;
  retryBackoffMs?: number;
  poisonTries?: number;
  sweepIntervalMs?: number;
  sweepAfterMs?: number;
  vainSweepsMax?: number;
  lockDurationMs?: number;
  stalledIntervalMs?: number;
  settledTtlMs?: number;
  onEvent?: QueueEventListener;
}

export interface OrgWorker {
  close(options?: { deadlineMs?: number }): Promise<void>;
  isRunning(): boolean;
  sweep(): Promise<number>;
}

export function openOrgWorker<T, R>(_options: OrgWorkerOptions<T, R>): Promise<OrgWorker> {
  return Promise.reject(new Error('openOrgWorker is being written'));
}

/**
 * Serves one batch of one org: decides it (in parts, if some items are poison), completes each part before the
 * next one is tried, and measures the org's pace. A part with large results is completed in several calls.
 */
import { PACE_WAIT_MAX_MS, WORK_CALL_BYTES_MAX } from '../limits.ts';
import type { HeldPartition } from '../partition/held-partition.ts';
import type { BatchToComplete, CompletedEntry, Completion, TakenBatch } from './call-work.ts';
import { decideBatch, type DecidedEntry, type DecideRules } from './decide-batch.ts';

export interface ServeRules<T, R> extends DecideRules<T, R> {
  readonly sizes: BatchSizes;
}

export interface Serving<T, R> {
  readonly partition: HeldPartition;
  readonly rules: ServeRules<T, R>;
  /** `isLast`: the org may be taken again. */
  complete(part: BatchToComplete, isLast: boolean): Promise<Completion>;
}

/**
 * Rethrows an error of `handle` or `bury` that is not the items' fault; then the org's next batch is smaller.
 */
export async function serveBatch<T, R>(batch: TakenBatch, serving: Serving<T, R>): Promise<void> {
  const { orgId, partition: number } = batch;
  const { partition, rules, complete } = serving;
  const entries = batch.entries.slice(0, rules.sizes.sizeFor(orgId));
  // Within a backlog a batch is timed from the end of the previous one; the first batch includes its waiting
  // time.
  const beganAt = performance.now();
  const readAt = partition.decidedAt.get(orgId) ?? beganAt - Math.min(batch.ageMs, PACE_WAIT_MAX_MS);
  if (entries.length === 0) await complete({ orgId, partition: number, decided: [] }, true);
  let decidedCount = 0;
  try {
    for await (const decided of decideBatch(orgId, entries, rules)) {
      const decidedAt = performance.now();
      for (const call of cutIntoCalls(decided, rules.knobs.resultBytesMax)) {
        decidedCount += call.length;
        const isLast = decidedCount === entries.length;
        if (isLast) {
          rules.sizes.grow(orgId);
          partition.decidedAt.set(orgId, decidedAt);
        }
        const paceMs = (decidedAt - readAt) / entries.length;
        const part = { orgId, partition: number, decided: call, ...(isLast ? { paceMs } : {}) };
        const { completed, depth } = await complete(part, isLast);
        partition.items += completed;
        if (isLast && depth === 0) partition.decidedAt.delete(orgId);
      }
    }
  } catch (error) {
    rules.sizes.shrink(orgId);
    partition.decidedAt.delete(orgId);
    throw error;
  }
}

/**
 * Splits the entries into calls of at most `WORK_CALL_BYTES_MAX` bytes of results, in order; one entry always
 * fits.
 */
function cutIntoCalls(decided: readonly DecidedEntry<unknown>[], resultBytesMax: number): CompletedEntry[][] {
  const calls: CompletedEntry[][] = [[]];
  let room = WORK_CALL_BYTES_MAX;
  for (const { entry, result } of decided) {
    const text = toText(result, resultBytesMax);
    room -= Buffer.byteLength(text);
    if (room < 0) {
      calls.push([]);
      room = WORK_CALL_BYTES_MAX - Buffer.byteLength(text);
    }
    calls.at(-1)?.push({ entry, result: text });
  }
  return calls;
}

function toText(result: unknown, bytesMax: number): string {
  const text = JSON.stringify(result);
  return Buffer.byteLength(text) > bytesMax ? '' : text;
}

/**
 * Batch size per org: the maximum, halved after each failure that was not the items' fault (a large batch may
 * exceed a statement timeout) and doubled after each success. Only orgs below the maximum take memory.
 */
export interface BatchSizes {
  sizeFor(orgId: string): number;
  shrink(orgId: string): void;
  grow(orgId: string): void;
}

export function createBatchSizes(batchMax: number): BatchSizes {
  const shrunk = new Map<string, number>();
  const sizeFor = (orgId: string): number => shrunk.get(orgId) ?? batchMax;
  return {
    sizeFor,
    shrink: (orgId) => void shrunk.set(orgId, Math.max(1, Math.floor(sizeFor(orgId) / 2))),
    grow(orgId) {
      const grown = sizeFor(orgId) * 2;
      if (grown >= batchMax) shrunk.delete(orgId);
      else shrunk.set(orgId, grown);
    },
  };
}

/**
 * Serves one batch of one org: decides it, part by part where some of it is poison, and has each part settled before the
 * next one is tried; a part with large results in several calls. Measures the org's pace on the way.
 */
import type { BatchSizes } from './batch-sizes.ts';
import type { BatchToSettle, Settlement, TakenBatch } from './call-work.ts';
import { decideBatch, type DecideRules } from './decide-batch.ts';
import { PACE_WAIT_MAX_MS, WORK_CALL_BYTES_MAX } from './limits.ts';
import type { LineInHand } from './line-in-hand.ts';
import type { DecidedEntry, SettledEntry } from './mailbox-entry.ts';

export interface ServeRules<T, R> extends DecideRules<T, R> {
  readonly sizes: BatchSizes;
  readonly resultBytesMax: number;
}

export interface Serving<T, R> {
  readonly line: LineInHand;
  readonly rules: ServeRules<T, R>;
  /** `isLast`: the org may be handed out again. */
  settle(part: BatchToSettle, isLast: boolean): Promise<Settlement>;
}

/** Throws what `handle` or `bury` threw when it is not the items' fault. The org's next batch is smaller then. */
export async function serveBatch<T, R>(batch: TakenBatch, serving: Serving<T, R>): Promise<void> {
  const { orgId, line: number } = batch;
  const { line, rules, settle } = serving;
  const entries = batch.entries.slice(0, rules.sizes.sizeFor(orgId));
  // In a spell of work a batch counts from the end of the last one; the first of a spell counts with the wait for it.
  const beganAt = performance.now();
  const readAt = line.decidedAt.get(orgId) ?? beganAt - Math.min(batch.ageMs, PACE_WAIT_MAX_MS);
  if (entries.length === 0) await settle({ orgId, line: number, decided: [] }, true);
  let decidedCount = 0;
  try {
    for await (const decided of decideBatch(orgId, entries, rules)) {
      const decidedAt = performance.now();
      for (const call of cutIntoCalls(decided, rules.resultBytesMax)) {
        decidedCount += call.length;
        const isLast = decidedCount === entries.length;
        if (isLast) {
          rules.sizes.grow(orgId);
          line.decidedAt.set(orgId, decidedAt);
        }
        const paceMs = (decidedAt - readAt) / entries.length;
        const part = { orgId, line: number, decided: call, ...(isLast ? { paceMs } : {}) };
        const { settled, depth } = await settle(part, isLast);
        line.items += settled;
        if (isLast && depth === 0) line.decidedAt.delete(orgId);
      }
    }
  } catch (error) {
    rules.sizes.shrink(orgId);
    line.decidedAt.delete(orgId);
    throw error;
  }
}

/** In order, as many entries a call as its bytes allow, at least one. */
function cutIntoCalls(decided: readonly DecidedEntry<unknown>[], resultBytesMax: number): SettledEntry[][] {
  const calls: SettledEntry[][] = [[]];
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

/**
 * One turn: serves one org from the head of its mailbox, batch by batch, until it is empty, paused, or the
 * slice is used up.
 *
 *   take ─► decide ─► settle ─► next batch? ── yes ─► decide …
 *                                  └─ no ──► turn over (`depth` tells whether something is left)
 *
 * Safe to run twice at once and to stop anywhere: entries leave the mailbox only when they are settled, and
 * they are settled only when their results are durable. Order within the org is kept in every case.
 */
import type { BatchSizes } from './batch-sizes.ts';
import { decideBatch, type DecideRules } from './decide-batch.ts';
import type { BatchSize, MailboxEntry, MailboxReader, Settlement } from './mailbox-reader.ts';

export interface TurnDependencies<T, R> {
  readonly mailbox: MailboxReader;
  readonly sizes: BatchSizes;
  readonly rules: DecideRules<T, R>;
  readonly sliceMs: number;
  readonly sharedBatchMax: number;
  /** Whether the worker serves other orgs as well, now or a moment ago. */
  isShared(orgId: string): boolean;
}

export interface TurnRequest {
  readonly orgId: string;
  /** How long the turn itself stood in line: part of the org's pace. */
  readonly waitedMs: number;
  /** True when no further batch may be begun: the worker closes, or its lock is gone. */
  isStopping(): boolean;
}

export interface TurnEnd {
  /** Items this turn settled. */
  readonly items: number;
  /** Items left in the mailbox. */
  readonly depth: number;
}

/** Throws what `handle` or `bury` threw when it is not the items' fault. The org's next batch is smaller then. */
export async function takeTurn<T, R>(
  { orgId, waitedMs, isStopping }: TurnRequest,
  dependencies: TurnDependencies<T, R>,
): Promise<TurnEnd> {
  const { mailbox, sliceMs } = dependencies;
  const beganAt = performance.now();
  let readAt = beganAt - waitedMs;
  let items = 0;
  let depth = 0;
  let { weight, next: batch } = await mailbox.take(orgId, nextSize(orgId, dependencies));
  const isOver = (): boolean => isStopping() || performance.now() - beganAt >= weight * sliceMs;
  while (batch.length > 0) {
    const settlement = await serveBatch(orgId, batch, { readAt, isOver }, dependencies);
    items += settlement.settled;
    depth = settlement.depth;
    // An operator's change holds for the turn under way.
    weight = settlement.weight;
    batch = settlement.next;
    readAt = settlement.decidedAt;
  }
  return { items, depth };
}

function nextSize<T, R>(
  orgId: string,
  { sizes, sharedBatchMax, isShared }: TurnDependencies<T, R>,
): BatchSize {
  const countMax = sizes.sizeFor(orgId);
  return isShared(orgId) ? { countMax, sharedMax: sharedBatchMax } : { countMax };
}

async function serveBatch<T, R>(
  orgId: string,
  batch: readonly MailboxEntry[],
  { readAt, isOver }: { readAt: number; isOver(): boolean },
  dependencies: TurnDependencies<T, R>,
): Promise<Settlement & { decidedAt: number }> {
  const { mailbox, sizes, rules } = dependencies;
  let settlement: Settlement = { settled: 0, depth: batch.length, weight: 1, next: [] };
  let decidedAt = readAt;
  let decidedCount = 0;
  let settled = 0;
  try {
    for await (const decided of decideBatch(orgId, batch, rules)) {
      decidedCount += decided.length;
      decidedAt = performance.now();
      const isLast = decidedCount === batch.length;
      if (isLast) sizes.grow(orgId);
      settlement = await mailbox.settle(orgId, decided, {
        ...(isLast ? { paceMs: (decidedAt - readAt) / batch.length } : {}),
        ...(isLast && !isOver() ? { next: nextSize(orgId, dependencies) } : {}),
      });
      settled += settlement.settled;
    }
  } catch (error) {
    sizes.shrink(orgId);
    throw error;
  }
  // The next batch's time counts from here: what settling this one takes is part of the pace, too.
  return { ...settlement, settled, decidedAt };
}

/**
 * Passes batches of the orgs in the held partitions to the handler and completes the items with the results:
 *
 *   take ─► serve, orgs in parallel ─► complete, and take for the free places ─► …
 *   receive ─┘
 *
 * Items that enter an empty mailbox arrive with the wake-up and are served without a take while there is
 * room. An org has at most one batch in flight; one that hangs occupies one place of `concurrency`. A crash
 * at any point is safe: entries leave a mailbox only when they are completed, and are completed only when their
 * results are durable.
 */
import { createHeldPartition, type HeldPartition } from '../partition/held-partition.ts';
import type { InlineBatch, MailboxEntry } from '../partition/mailbox-entry.ts';
import type { PartitionServer } from '../partition/partition-leases.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import type { TakenBatch, TakenBatches, WorkOptions } from './call-work.ts';
import type { OrgWorkerOptions, WorkerKnobs } from './org-worker.ts';
import { createBatchSizes, serveBatch, type ServeRules } from './serve-batch.ts';
import { createExcludedOrgs, type ExcludedOrgs, type ServedOrgs } from './served-orgs.ts';
import { createWorkLoop, type Take, type WorkLoop } from './work-loop.ts';

export interface Dispatcher extends PartitionServer {
  /**
   * Serves items delivered inline: they entered empty mailboxes of the partition. Those that cannot be served
   * now are taken later.
   */
  receive(partition: number, batches: readonly InlineBatch[]): void;
}

export interface DispatcherOptions<T, R> extends WorkOptions {
  readonly options: OrgWorkerOptions<T, R>;
  readonly served: ServedOrgs;
  readonly onEvent: QueueEventListener;
}

export function createDispatcher<T, R>(work: DispatcherOptions<T, R>): Dispatcher {
  const { options, knobs, served, onEvent } = work;
  const partitions = new Map<number, HeldPartition>();
  const orgs = createExcludedOrgs({ concurrency: knobs.concurrency, restMs: knobs.retryBackoffMs });
  const rules = { options, knobs, sizes: createBatchSizes(knobs.batchMax) };
  let clock = 0;
  let lastTaken = 0;
  // Orgs with an inline batch since the take in flight began: the take may return the same entries, which may
  // already be completed.
  let inlineDuringTake: Set<string> | undefined;

  const prepareTake = (): Take | undefined => {
    const room = orgs.room();
    const open = [...partitions.values()].filter(({ isOpen }) => isOpen);
    if (room <= 0 || open.length === 0) return undefined;
    // `idle()` of a partition also waits for this take.
    for (const partition of open) partition.begin();
    inlineDuringTake = new Set();
    return {
      wanted: { room, clock, served: served.list(), partitions: open, excluded: orgs.list() },
      finish(taken) {
        if (taken) begin(taken);
        inlineDuringTake = undefined;
        for (const partition of open) partition.end();
      },
    };
  };
  const loop = createWorkLoop({ work, release: orgs.release, prepareTake, onEvent });
  const serve = createServe({ partitions, orgs, loop, rules, served, onEvent });

  const begin = (taken: TakenBatches): void => {
    clock = Math.max(clock, taken.clock);
    for (const [partition, offset] of taken.offsets) partitions.get(partition)?.moveTo(offset);
    for (const batch of taken.batches) {
      lastTaken = Math.max(lastTaken, numberOf(batch.entries.at(-1)));
      if (inlineDuringTake?.has(batch.orgId)) loop.want();
      else void serve(batch);
    }
  };
  // A late message may carry entries that were already taken, and perhaps completed.
  const mayServe = ({ orgId, entries }: InlineBatch): boolean =>
    orgs.room() > 0 && !orgs.has(orgId) && numberOf(entries[0]) > lastTaken && isOneBatch(entries, knobs);

  return {
    open(number) {
      const partition = createHeldPartition(number);
      partitions.set(number, partition);
      loop.want();
      return partition;
    },
    close: ({ number }) => void partitions.delete(number),
    wake(woken) {
      if (woken.some((partition) => partitions.get(partition)?.isOpen)) loop.want();
    },
    receive(partition, batches) {
      const held = partitions.get(partition);
      if (!held?.isOpen) return;
      for (const batch of batches) {
        if (!mayServe(batch)) return loop.want();
        inlineDuringTake?.add(batch.orgId);
        clock = held.pass(batch.virtualTime, clock);
        void serve({ ...batch, partition, ageMs: 0 });
      }
    },
    has: orgs.has,
  };
}

interface ServeParts<T, R> {
  readonly partitions: ReadonlyMap<number, HeldPartition>;
  readonly orgs: ExcludedOrgs;
  readonly loop: WorkLoop;
  readonly rules: ServeRules<T, R>;
  readonly served: ServedOrgs;
  readonly onEvent: QueueEventListener;
}

function createServe<T, R>(parts: ServeParts<T, R>): (batch: TakenBatch) => Promise<void> {
  const { partitions, orgs, loop, rules, served, onEvent } = parts;
  return async (batch) => {
    const { orgId } = batch;
    const partition = partitions.get(batch.partition);
    if (!partition) return;
    orgs.begin(orgId);
    served.begin(orgId);
    partition.keep(1);
    partition.begin();
    try {
      await serveBatch(batch, { partition, rules, complete: loop.complete });
      partition.keep(-1);
    } catch (error) {
      onEvent({ kind: 'batch-failed', orgId, cause: toError(error) });
      orgs.rest(orgId, () => {
        partition.keep(-1);
        loop.want();
      });
      // The org's place is free for another one.
      loop.want();
    }
    served.end(orgId);
    partition.end();
  };
}

/** Whether the entries are within the limits of one batch while other orgs are served as well. */
function isOneBatch(
  entries: readonly MailboxEntry[],
  { sharedBatchMax, batchBytesMax }: WorkerKnobs,
): boolean {
  const bytes = entries.reduce((sum, { raw }) => sum + raw.length, 0);
  return entries.length <= sharedBatchMax && bytes <= batchBytesMax;
}

/** The first half of an entry's id, which increases over all mailboxes of the shard: see lua/accept.lua. */
function numberOf(entry: MailboxEntry | undefined): number {
  return entry === undefined ? 0 : Number.parseInt(entry.streamId, 10);
}

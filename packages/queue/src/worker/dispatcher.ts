/**
 * Passes batches of the orgs in the held lines to the handler and settles the results:
 *
 *   take ─► serve, orgs in parallel ─► settle, and take for the free places ─► …
 *   receive ─┘
 *
 * Items that enter an empty mailbox arrive with the wake-up and are served without a take while there is
 * room. An org has at most one batch in flight; one that hangs occupies one place of `concurrency`. A crash
 * at any point is safe: entries leave a mailbox only when they are settled, and are settled only when their
 * results are durable.
 */
import { createLineInHand, type LineInHand } from '../partition/line-in-hand.ts';
import type { LineServer } from '../partition/line-turns.ts';
import type { InlineBatch, MailboxEntry } from '../partition/mailbox-entry.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import type { TakenBatch, TakenBatches, WorkOptions } from './call-work.ts';
import type { OrgWorkerOptions, WorkerKnobs } from './org-worker.ts';
import { createBatchSizes, serveBatch, type ServeRules } from './serve-batch.ts';
import { createExcludedOrgs, type ExcludedOrgs, type ServedOrgs } from './served-orgs.ts';
import { createWorkLoop, type Take, type WorkLoop } from './work-loop.ts';

export interface Dispatcher extends LineServer {
  /**
   * Serves items delivered inline: they entered empty mailboxes of the line. Those that cannot be served now
   * are taken later.
   */
  receive(line: number, batches: readonly InlineBatch[]): void;
}

export interface DispatcherOptions<T, R> extends WorkOptions {
  readonly options: OrgWorkerOptions<T, R>;
  readonly served: ServedOrgs;
  readonly onEvent: QueueEventListener;
}

export function createDispatcher<T, R>(work: DispatcherOptions<T, R>): Dispatcher {
  const { options, knobs, served, onEvent } = work;
  const lines = new Map<number, LineInHand>();
  const orgs = createExcludedOrgs({ concurrency: knobs.concurrency, restMs: knobs.retryBackoffMs });
  const rules = { options, knobs, sizes: createBatchSizes(knobs.batchMax) };
  let clock = 0;
  let lastTaken = 0;
  // Orgs with an inline batch since the take in flight began: the take may return the same entries, which may
  // already be settled.
  let inlineDuringTake: Set<string> | undefined;

  const prepareTake = (): Take | undefined => {
    const room = orgs.room();
    const open = [...lines.values()].filter(({ isOpen }) => isOpen);
    if (room <= 0 || open.length === 0) return undefined;
    // `idle()` of a line also waits for this take.
    for (const line of open) line.begin();
    inlineDuringTake = new Set();
    return {
      wanted: { room, clock, served: served.list(), lines: open, excluded: orgs.list() },
      finish(taken) {
        if (taken) begin(taken);
        inlineDuringTake = undefined;
        for (const line of open) line.end();
      },
    };
  };
  const loop = createWorkLoop({ work, release: orgs.release, prepareTake, onEvent });
  const serve = createServe({ lines, orgs, loop, rules, served, onEvent });

  const begin = (taken: TakenBatches): void => {
    clock = Math.max(clock, taken.clock);
    for (const [line, offset] of taken.offsets) lines.get(line)?.moveTo(offset);
    for (const batch of taken.batches) {
      lastTaken = Math.max(lastTaken, numberOf(batch.entries.at(-1)));
      if (inlineDuringTake?.has(batch.orgId)) loop.want();
      else void serve(batch);
    }
  };
  // A late message may carry entries that were already taken, and perhaps settled.
  const mayServe = ({ orgId, entries }: InlineBatch): boolean =>
    orgs.room() > 0 && !orgs.has(orgId) && numberOf(entries[0]) > lastTaken && isOneBatch(entries, knobs);

  return {
    open(number) {
      const line = createLineInHand(number);
      lines.set(number, line);
      loop.want();
      return line;
    },
    close: ({ line }) => void lines.delete(line),
    wake(woken) {
      if (woken.some((line) => lines.get(line)?.isOpen)) loop.want();
    },
    receive(line, batches) {
      const inHand = lines.get(line);
      if (!inHand?.isOpen) return;
      for (const batch of batches) {
        if (!mayServe(batch)) return loop.want();
        inlineDuringTake?.add(batch.orgId);
        clock = inHand.pass(batch.virtualTime, clock);
        void serve({ ...batch, line, ageMs: 0 });
      }
    },
    has: orgs.has,
  };
}

interface ServeParts<T, R> {
  readonly lines: ReadonlyMap<number, LineInHand>;
  readonly orgs: ExcludedOrgs;
  readonly loop: WorkLoop;
  readonly rules: ServeRules<T, R>;
  readonly served: ServedOrgs;
  readonly onEvent: QueueEventListener;
}

function createServe<T, R>(parts: ServeParts<T, R>): (batch: TakenBatch) => Promise<void> {
  const { lines, orgs, loop, rules, served, onEvent } = parts;
  return async (batch) => {
    const { orgId } = batch;
    const line = lines.get(batch.line);
    if (!line) return;
    orgs.begin(orgId);
    served.begin(orgId);
    line.keep(1);
    line.begin();
    try {
      await serveBatch(batch, { line, rules, settle: loop.settle });
      line.keep(-1);
    } catch (error) {
      onEvent({ kind: 'batch-failed', orgId, cause: toError(error) });
      orgs.rest(orgId, () => {
        line.keep(-1);
        loop.want();
      });
      // The org's place is free for another one.
      loop.want();
    }
    served.end(orgId);
    line.end();
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

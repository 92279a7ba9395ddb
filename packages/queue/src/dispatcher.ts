/**
 * Hands the orgs of the lines that a worker holds to their handlers, and has settled what comes back:
 *
 *   take ─► serve, each org by itself ─► settle, and take for whoever is free ─► …
 *   receive ─┘
 *
 * What comes into an empty mailbox is told with its wake-up, and served without a take while there is room. An org has one
 * batch in hand at a time; one that hangs keeps its own place and nobody else's. Safe to stop anywhere: entries leave a mailbox
 * only when they are settled, and are settled only when their results are durable.
 */
import type { TakenBatch, TakenBatches, WorkOptions } from './call-work.ts';
import type { HandedBatch } from './handed-batch.ts';
import { createLineInHand, type LineInHand } from './line-in-hand.ts';
import type { MailboxEntry } from './mailbox-entry.ts';
import { createOrgsInHand, type OrgsInHand } from './orgs-in-hand.ts';
import type { QueueEventListener } from './queue-event.ts';
import { type ServeRules, serveBatch } from './serve-batch.ts';
import type { ServedOrgs } from './served-orgs.ts';
import { toError } from './to-error.ts';
import { createWorkLoop, type Take, type WorkLoop } from './work-loop.ts';

export interface Dispatcher {
  /** Begins to take from a line that is not in hand yet. */
  open(line: number): LineInHand;
  /** Forgets a line that is shut and has nothing under way. */
  close(line: LineInHand): void;
  /** Something may have come into one of these lines; those that are not in hand are somebody else's. */
  wake(lines: readonly number[]): void;
  /** Serves what came into empty mailboxes of the line. What cannot be served now stays where it is, and is taken later. */
  receive(line: number, handed: readonly HandedBatch[]): void;
  /** Whether the org is being served here, or rests here after a failure. */
  has(orgId: string): boolean;
}

export interface DispatcherOptions<T, R> {
  readonly work: WorkOptions;
  readonly rules: ServeRules<T, R>;
  /** Orgs served at the same time. */
  readonly concurrency: number;
  readonly retryBackoffMs: number;
  readonly served: ServedOrgs;
  readonly onEvent: QueueEventListener;
}

export function createDispatcher<T, R>(options: DispatcherOptions<T, R>): Dispatcher {
  const { work, served, onEvent } = options;
  const lines = new Map<number, LineInHand>();
  const orgs = createOrgsInHand({ concurrency: options.concurrency, restMs: options.retryBackoffMs });
  let clock = 0;
  let lastTaken = 0;
  // Orgs handed while a take is under way, which may bring them as well, settled by then or not.
  let handedMeanwhile: Set<string> | undefined;

  const prepareTake = (): Take | undefined => {
    const room = orgs.room();
    const open = [...lines.values()].filter(({ isOpen }) => isOpen);
    if (room <= 0 || open.length === 0) return undefined;
    // Whoever waits for a line to be idle waits for this take, too.
    for (const line of open) line.begin();
    handedMeanwhile = new Set();
    return {
      wanted: { room, clock, served: served.list(), lines: open, excluded: orgs.list() },
      finish(taken) {
        if (taken) begin(taken);
        handedMeanwhile = undefined;
        for (const line of open) line.end();
      },
    };
  };
  const loop = createWorkLoop({ work, release: orgs.release, prepareTake, onEvent });
  const serve = createServe({ ...options, lines, orgs, loop });

  const begin = (taken: TakenBatches): void => {
    clock = Math.max(clock, taken.clock);
    for (const [line, offset] of taken.offsets) lines.get(line)?.moveTo(offset);
    for (const batch of taken.batches) {
      lastTaken = Math.max(lastTaken, numberOf(batch.entries.at(-1)));
      if (handedMeanwhile?.has(batch.orgId)) loop.want();
      else void serve(batch);
    }
  };
  // What was taken already may be told late, and is settled by then.
  const mayServe = ({ orgId, entries }: HandedBatch): boolean =>
    orgs.room() > 0 && !orgs.has(orgId) && numberOf(entries[0]) > lastTaken && isOneBatch(entries, work);

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
    receive(line, handed) {
      const inHand = lines.get(line);
      if (!inHand?.isOpen) return;
      for (const batch of handed) {
        if (!mayServe(batch)) return loop.want();
        handedMeanwhile?.add(batch.orgId);
        clock = inHand.pass(batch.stands, clock);
        void serve({ ...batch, line, ageMs: 0 });
      }
    },
    has: orgs.has,
  };
}

interface Hands<T, R> extends Pick<DispatcherOptions<T, R>, 'rules' | 'served' | 'onEvent'> {
  readonly lines: ReadonlyMap<number, LineInHand>;
  readonly orgs: OrgsInHand;
  readonly loop: WorkLoop;
}

function createServe<T, R>(hands: Hands<T, R>): (batch: TakenBatch) => Promise<void> {
  const { lines, orgs, loop, rules, served, onEvent } = hands;
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
      // Its place is free.
      loop.want();
    }
    served.end(orgId);
    line.end();
  };
}

/** Whether a take would have handed out as much, whoever else is served. */
function isOneBatch(
  entries: readonly MailboxEntry[],
  { sharedBatchMax, batchBytesMax }: WorkOptions,
): boolean {
  const bytes = entries.reduce((sum, { raw }) => sum + raw.length, 0);
  return entries.length <= sharedBatchMax && bytes <= batchBytesMax;
}

/** The first half of an entry's id, which grows over all mailboxes of the shard: see lua/accept.ts. */
function numberOf(entry: MailboxEntry | undefined): number {
  return entry === undefined ? 0 : Number.parseInt(entry.streamId, 10);
}

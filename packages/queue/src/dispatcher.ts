/**
 * Hands the orgs of the lines that a worker holds to their handlers, and has settled what comes back:
 *
 *   take ─► serve, each org by itself ─► settle, and take for whoever is free ─► …
 *
 * An org has one batch in hand at a time; one that hangs keeps its own place and nobody else's. Safe to stop anywhere:
 * entries leave a mailbox only when they are settled, and are settled only when their results are durable.
 */
import type { TakenBatch, TakenBatches, WorkOptions } from './call-work.ts';
import { createLineInHand, type LineInHand } from './line-in-hand.ts';
import { createOrgsInHand } from './orgs-in-hand.ts';
import type { QueueEventListener } from './queue-event.ts';
import { type ServeRules, serveBatch } from './serve-batch.ts';
import type { ServedOrgs } from './served-orgs.ts';
import { toError } from './to-error.ts';
import { createWorkLoop, type Take } from './work-loop.ts';

export interface Dispatcher {
  /** Begins to take from a line that is not in hand yet. */
  open(line: number): LineInHand;
  /** Forgets a line that is shut and has nothing under way. */
  close(line: LineInHand): void;
  /** Something may have come into one of these lines; those that are not in hand are somebody else's. */
  wake(lines: readonly number[]): void;
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
  const { work, rules, served, onEvent } = options;
  const lines = new Map<number, LineInHand>();
  const orgs = createOrgsInHand({ concurrency: options.concurrency, restMs: options.retryBackoffMs });
  let clock = '0';

  const prepareTake = (): Take | undefined => {
    const room = orgs.room();
    const open = [...lines.values()].filter(({ isOpen }) => isOpen);
    if (room <= 0 || open.length === 0) return undefined;
    // Whoever waits for a line to be idle waits for this take, too.
    for (const line of open) line.begin();
    return {
      wanted: { room, clock, served: served.list(), lines: open, excluded: orgs.list() },
      finish(taken) {
        if (taken) begin(taken);
        for (const line of open) line.end();
      },
    };
  };
  const loop = createWorkLoop({ work, release: orgs.release, prepareTake, onEvent });

  const begin = (taken: TakenBatches): void => {
    clock = taken.clock;
    for (const [line, offset] of taken.offsets) lines.get(line)?.moveTo(offset);
    for (const batch of taken.batches) {
      const line = lines.get(batch.line);
      if (line) void serve(batch, line);
    }
  };
  const serve = async (batch: TakenBatch, line: LineInHand): Promise<void> => {
    const { orgId } = batch;
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
    has: orgs.has,
  };
}

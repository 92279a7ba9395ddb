/**
 * Hands the orgs of the lines that a worker holds to their handlers, and has settled what comes back:
 *
 *   take ─► serve, each org by itself ─► settle, and take for whoever is free ─► …
 *
 * An org has one batch in hand at a time; one that hangs keeps its own place and nobody else's. Safe to stop anywhere:
 * entries leave a mailbox only when they are settled, and are settled only when their results are durable.
 */
import type { TakenBatch, TakenBatches, WorkOptions } from './call-work.ts';
import { RESTING_ORGS_MAX } from './limits.ts';
import { createLineInHand, type LineInHand } from './line-in-hand.ts';
import type { QueueEventListener } from './queue-event.ts';
import { type ServeRules, serveBatch } from './serve-batch.ts';
import type { ServedOrgs } from './served-orgs.ts';
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
  const { work, rules, concurrency, retryBackoffMs, served, onEvent } = options;
  const lines = new Map<number, LineInHand>();
  const inFlight = new Set<string>();
  const resting = new Set<string>();
  let clock = '0';

  const prepareTake = (): Take | undefined => {
    // So many fail only when nobody could be served: whoever is next would fail as well.
    const room = resting.size < RESTING_ORGS_MAX ? concurrency - inFlight.size : 0;
    const open = [...lines.values()].filter(({ isOpen }) => isOpen);
    if (room <= 0 || open.length === 0) return undefined;
    // Whoever waits for a line to be idle waits for this take, too.
    for (const line of open) line.begin();
    return {
      wanted: { room, clock, served: served.list(), lines: open, excluded: [...inFlight, ...resting] },
      finish(taken) {
        if (taken) begin(taken);
        for (const line of open) line.end();
      },
    };
  };
  const release = (orgId: string): void => void inFlight.delete(orgId);
  const loop = createWorkLoop({ work, release, prepareTake, onEvent });

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
    inFlight.add(orgId);
    served.begin(orgId);
    line.keep(1);
    line.begin();
    try {
      await serveBatch(batch, { line, rules, settle: loop.settle });
    } catch (error) {
      inFlight.delete(orgId);
      onEvent({
        kind: 'batch-failed',
        orgId,
        cause: error instanceof Error ? error : new Error(String(error)),
      });
      rest(orgId, line);
    }
    served.end(orgId);
    line.keep(-1);
    line.end();
  };
  /** It stays in its line; only this worker leaves it alone for a while. */
  const rest = (orgId: string, line: LineInHand): void => {
    resting.add(orgId);
    line.keep(1);
    setTimeout(() => {
      resting.delete(orgId);
      line.keep(-1);
      loop.want();
    }, retryBackoffMs).unref();
    // Its place is free.
    loop.want();
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
    has: (orgId) => inFlight.has(orgId) || resting.has(orgId),
  };
}

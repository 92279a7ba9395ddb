// Delivers webhooks: loops that create and wake deliveries, and turns that post them. All state is in
// PostgreSQL; Redis carries wake-ups. The process keeps in memory only how receivers behave and when
// postponed deliveries are due.
//
//   decided requests ──fan-out──► deliveries ──due──► wake-ups in Redis ──turns──► attempts ──► receivers

import { findDueAgeMs, isRetryable, pruneDeliveries, type Database } from '@slotline/db';
import {
  openOrgQueue,
  openOrgWorker,
  type OrgQueue,
  type OrgWorker,
  type QueueEventListener,
  type QueueTarget,
} from '@slotline/queue';
import type { Logger } from '@slotline/runtime';
import type { Poster } from '@slotline/webhook';
import { StoppingError } from './attempt-delivery.ts';
import type { DeliverMetrics } from './deliver-metrics.ts';
import { fanOutToCallbacks, fanOutToEndpoints } from './fan-out.ts';
import {
  BATCH_MAX,
  GROUP_WAITING_MAX,
  IDLE_MAX_MS,
  IDLE_MS,
  NUDGED_MAX_MS,
  NUDGED_MS,
  PRUNE_IDLE_MS,
  PRUNE_PAGE,
  SPREAD_MAX_MS,
  TROUBLED_GROUPS_MAX,
  WAKE_REMEMBERED_MS,
  WAKE_SWEEP_MS,
  WATCH_IDLE_MS,
} from './limits.ts';
import { createPutOff, type PutOff } from './put-off.ts';
import { createReceivers, type Receivers } from './receivers.ts';
import { createSpread } from './spread.ts';
import { startLoop, type Loop, type Page } from './start-loop.ts';
import { createTakeDue } from './wake-due.ts';
import { turnLimitsOf } from './turn-limits.ts';
import { parseWakeUp, type WakeUp } from './wake-up.ts';
import { wakeDue } from './wake-due.ts';
import { buryWakeUp, workDeliveries, type TurnTools, type WakeUpEnd } from './work-deliveries.ts';

export interface DelivererOptions {
  /** A separate pool: deliveries and deciding must not wait for each other's connections. */
  readonly db: Database;
  /** The queue of the requests; the wake-ups get a separate namespace next to it. */
  readonly queueTarget: QueueTarget & { readonly name: string };
  readonly poster: Pick<Poster, 'post'>;
  readonly secretsKey: Uint8Array | undefined;
  readonly logger: Logger;
  readonly metrics: DeliverMetrics;
  readonly knobs: DelivererKnobs;
  readonly onQueueEvent: QueueEventListener;
}

export interface DelivererKnobs {
  /**
   * Groups served at once. A hanging receiver occupies a turn for up to fifteen seconds until its breaker
   * opens.
   */
  readonly turns: number;
  /** Turns that one org may use and turns at one destination. Default: a quarter of `turns`. */
  readonly orgTurns?: number | undefined;
  readonly destinationTurns?: number | undefined;
  /** Posts of an org to one destination that has not answered it with 2xx, and to all such destinations. */
  readonly unprovenPerMinute: number;
  readonly unprovenOrgPerMinute: number;
  /** How many days finished deliveries are kept for the log. */
  readonly keptDays: number;
}

export interface Deliverer {
  /** A hint that requests were decided. Best effort: the next page finds them without it. */
  nudge(decided: { readonly hasCallbacks: boolean }): void;
  isRunning(): boolean;
  /**
   * Starts nothing more and waits for the posts in flight, at most until the deadline. Then they are cut off,
   * and their deliveries become due again when their lease expires. Resolves with true when nothing was cut
   * off.
   */
  close(options: { deadlineMs: number }): Promise<boolean>;
}

/** Time that a deliverer needs to release its turns after its posts were cut off. */
const CUTTING_MS = 1_000;
const DAY_MS = 86_400_000;

/** Throws a `QueueUnavailableError` when Redis cannot be reached. PostgreSQL is waited for. */
export async function openDeliverer(options: DelivererOptions): Promise<Deliverer> {
  const { db, logger, metrics, poster, secretsKey } = options;
  const target = { ...options.queueTarget, name: `${options.queueTarget.name}-deliveries` };
  const cutting = new AbortController();
  let isStopping = false;
  const receivers = openReceivers(options.knobs);
  const putOff = openPutOff(options);
  const tools = { db, poster, secretsKey, receivers, putOff, metrics, logger, signal: cutting.signal };
  const queue = await openOrgQueue<WakeUp, WakeUpEnd>({
    ...target,
    mailboxMax: GROUP_WAITING_MAX,
    onEvent: options.onQueueEvent,
  });
  const worker = await openTurns(target, { ...tools, isStopping: () => isStopping }, options).catch(
    async (cause: unknown) => {
      await queue.close();
      throw cause;
    },
  );
  const loops = startLoops(options, { queue, receivers, putOff });
  let closing: Promise<boolean> | undefined;
  return {
    nudge: loops.nudge,
    isRunning: () => !isStopping,
    close: ({ deadlineMs }) => {
      isStopping = true;
      closing ??= closeParts({ loops: loops.all, queue, worker, cutting, logger, deadlineMs });
      return closing;
    },
  };
}

function openReceivers(knobs: DelivererKnobs): Receivers {
  return createReceivers({
    limits: turnLimitsOf(knobs),
    unproven: { perMinute: knobs.unprovenPerMinute, orgPerMinute: knobs.unprovenOrgPerMinute },
  });
}

function openPutOff({ db, metrics }: DelivererOptions): PutOff {
  const spread = createSpread({
    pauseMaxMs: SPREAD_MAX_MS,
    groupsMax: TROUBLED_GROUPS_MAX,
    now: () => performance.now(),
  });
  return createPutOff({ db, spread, metrics });
}

function openTurns(
  target: QueueTarget,
  tools: TurnTools,
  { knobs, onQueueEvent }: DelivererOptions,
): Promise<OrgWorker> {
  return openOrgWorker<WakeUp, WakeUpEnd>({
    ...target,
    concurrency: knobs.turns,
    batchMax: BATCH_MAX,
    completedTtlMs: WAKE_REMEMBERED_MS,
    sweepIntervalMs: WAKE_SWEEP_MS,
    // An attempt that failed by our fault is recorded as a failed attempt; an immediate retry is useless.
    poisonTries: 1,
    parse: parseWakeUp,
    handle: (batch) => workDeliveries(batch, tools),
    bury: async (item) => Promise.resolve(buryWakeUp(tools, item)),
    isRetryable: (error) => error instanceof StoppingError || isRetryable(error),
    onEvent: onQueueEvent,
  });
}

function startLoops(
  { db, secretsKey, metrics, logger, knobs }: DelivererOptions,
  waking: { queue: OrgQueue<WakeUp, WakeUpEnd>; receivers: Receivers; putOff: PutOff },
): Pick<Deliverer, 'nudge'> & { readonly all: readonly Loop[] } {
  const start = (name: string, step: () => Promise<Page>, idleMs = IDLE_MS, idleMaxMs = IDLE_MAX_MS) =>
    startLoop({
      step,
      idleMs,
      idleMaxMs: Math.max(idleMs, idleMaxMs),
      nudgedMs: NUDGED_MS,
      nudgedMaxMs: NUDGED_MAX_MS,
      onFailure: (cause) => logger.warn({ loop: name, err: cause }, 'deliverer: a page failed'),
    });
  const waker = { ...waking, takeDue: createTakeDue(db) };
  const wake = start('wake-due', () => wakeDue(waker));
  const fanOut = { db, secretsKey, metrics, logger, onCreated: wake.nudge };
  const endpoints = start('fan-out-endpoints', () => fanOutToEndpoints(fanOut));
  const callbacks = start('fan-out-callbacks', () => fanOutToCallbacks(fanOut));
  const prune = async () => {
    const pruned = await pruneDeliveries(db, { beforeMs: knobs.keptDays * DAY_MS, limit: PRUNE_PAGE });
    return { isMore: pruned === PRUNE_PAGE, isEmpty: pruned === 0 };
  };
  const pruning = start('prune', prune, PRUNE_IDLE_MS);
  const watch = async () => {
    metrics.dueAgeSeconds.set((await findDueAgeMs(db)) / 1_000);
    return { isMore: false, isEmpty: true };
  };
  const watching = start('watch', watch, WATCH_IDLE_MS);
  return {
    all: [endpoints, callbacks, wake, pruning, watching],
    nudge: ({ hasCallbacks }) => {
      // The caller does not know which orgs have endpoints, so this nudge is unconditional.
      endpoints.nudge();
      if (hasCallbacks) callbacks.nudge();
    },
  };
}

interface Parts {
  readonly loops: readonly Loop[];
  readonly queue: OrgQueue<WakeUp, WakeUpEnd>;
  readonly worker: OrgWorker;
  readonly cutting: AbortController;
  readonly logger: Logger;
  readonly deadlineMs: number;
}

async function closeParts(parts: Parts): Promise<boolean> {
  const { loops, queue, worker, cutting, logger, deadlineMs } = parts;
  const timer = setTimeout(() => cutting.abort(), Math.max(0, deadlineMs - CUTTING_MS));
  // Loops end after their current page, which is short. The turns drain at the same time.
  await Promise.all([...loops.map((loop) => loop.close()), worker.close({ deadlineMs })]);
  clearTimeout(timer);
  if (cutting.signal.aborted) logger.info('posts were cut off by closing; they will be sent again');
  await queue.close();
  return !cutting.signal.aborted;
}

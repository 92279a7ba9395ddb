/**
 * Closes a worker within a deadline: takes no more turns, finishes the batches in flight, disconnects.
 * BullMQ's close waits indefinitely for a handler that hangs. At this deadline the turns are dropped instead;
 * their locks expire and another worker takes them over.
 */
import type { Worker } from 'bullmq';
import type { LineChannels } from '../partition/line-channels.ts';
import type { LineShares } from '../partition/line-shares.ts';
import type { LineTurns } from '../partition/line-turns.ts';
import type { TurnQueue } from '../partition/turn-queue.ts';
import type { QueueEventListener } from '../queue-event.ts';
import { hangUp, type RedisClient } from '../redis/connect.ts';
import type { SweepLoop } from '../sweeper/sweep-loop.ts';

/** Minimum time for disconnecting from Redis, even after the deadline. */
const DISCONNECT_MS = 1_000;

export interface ClosingWorker {
  readonly workers: readonly Worker[];
  readonly turnQueues: readonly TurnQueue[];
  readonly clients: readonly RedisClient[];
  readonly loop: SweepLoop;
  /** One per shard. */
  readonly turns: readonly LineTurns[];
  readonly shares: readonly LineShares[];
  readonly channels: LineChannels;
  readonly deadlineMs: number;
  readonly onEvent: QueueEventListener;
}

export async function closeWorker(closing: ClosingWorker): Promise<void> {
  const { workers, turnQueues, clients, turns, shares, channels, deadlineMs, onEvent } = closing;
  const endAt = performance.now() + deadlineMs;
  const leftMs = (): number => Math.max(0, endAt - performance.now());

  // From now on the shares of other workers grow, and they take over each line that ends here.
  for (const share of shares) share.close();
  channels.leave();
  for (const lines of turns) lines.stop();
  // Not `close()` yet: it waits for every turn, and cannot be forced once it has begun.
  await Promise.all(workers.map((worker) => worker.pause(true)));
  await Promise.all(turns.map((lines) => lines.drained(leftMs())));
  const dropped = turns.reduce((sum, { held }) => sum + held, 0);
  const isDrained = dropped === 0;
  if (!isDrained) onEvent({ kind: 'close-dropped', turns: dropped });
  const isForced = !isDrained;
  const ended = Promise.allSettled([
    closing.loop.close(),
    ...workers.map((worker) => worker.close(isForced)),
    ...turnQueues.map((turnQueue) => turnQueue.close()),
  ]);
  const isEnded = await settledWithin(ended, Math.max(leftMs(), DISCONNECT_MS));
  // If Redis is unavailable, a graceful disconnect never resolves.
  if (!isEnded) await Promise.allSettled(workers.map((worker) => worker.getBackend().close(true)));
  for (const client of clients) hangUp(client);
}

/** Resolves true if the promise settles within `ms`. */
async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), ms);
  const isSettled = await Promise.race([promise.then(() => true), timeout.promise]);
  clearTimeout(timer);
  return isSettled;
}

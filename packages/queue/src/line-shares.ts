/**
 * Spreads the lines of a shard over its workers. Each worker counts the others every two seconds, by who listens, and holds at
 * most its share; a worker that is alone holds all. The shares of all workers together are never less than all lines.
 */
import { Cluster } from 'ioredis';
import type { RedisClient } from './connect.ts';
import { LINES, SHARE_CHECK_MS, SPARE_MS } from './limits.ts';
import type { LineTurns } from './line-turns.ts';
import type { QueueEventListener } from './queue-event.ts';
import { repeat } from './repeat.ts';
import type { Shard } from './shards.ts';
import { toError } from './to-error.ts';
import type { TurnQueue } from './turn-queue.ts';

export interface LineSharesOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly turns: LineTurns;
  readonly turnQueue: TurnQueue;
  /** What BullMQ is to deal out to this worker at the same time. */
  readonly dealTo: { concurrency: number };
  readonly onEvent: QueueEventListener;
}

export interface LineShares {
  close(): void;
}

export function startLineShares(options: LineSharesOptions): LineShares {
  let isClosed = false;
  const check = createCheck(options);
  const checks = repeat(async () => {
    try {
      await check();
    } catch (error) {
      const cause = toError(error);
      if (!isClosed) options.onEvent({ kind: 'redis-error', connection: 'turns', cause });
    }
  }, SHARE_CHECK_MS);
  return {
    close() {
      isClosed = true;
      void checks.close();
    },
  };
}

function createCheck({ client, shard, turns, turnQueue, dealTo }: LineSharesOptions): () => Promise<void> {
  let shareBefore = 0;
  let isWaitingBefore = false;
  // Lines that wait although somebody should have room for them: a worker that froze is counted, and takes none.
  let spare = 0;
  let spareUntil = 0;
  return async () => {
    const [share, waiting] = await Promise.all([findShare(client, shard), turnQueue.countWaiting()]);
    if (share !== shareBefore || performance.now() > spareUntil) spare = 0;
    const isKeptWaiting = waiting > 0 && isWaitingBefore;
    if (isKeptWaiting && turns.held >= share + spare) {
      spare = Math.min(LINES - share, spare + waiting);
      spareUntil = performance.now() + SPARE_MS;
    }
    const limitBefore = turns.limit;
    turns.limit = share + spare;
    dealTo.concurrency = turns.limit;
    // BullMQ looks for more only when a turn ends, if it was given as many as it might have before.
    const isBlocked = turns.held >= limitBefore && turns.limit > limitBefore;
    if (isBlocked || (isKeptWaiting && turns.held < turns.limit)) turns.yieldOne();
    shareBefore = share;
    isWaitingBefore = waiting > 0;
  };
}

/** Lines that one worker is to hold at most. Where not all workers can be counted, too many rather than too few. */
export async function findShare(client: RedisClient, shard: Shard): Promise<number> {
  const nodes = client instanceof Cluster ? client.nodes() : [client];
  const counts = await Promise.all(nodes.map((node) => node.pubsub('NUMSUB', shard.work)));
  const workers = counts.reduce<number>((sum, count) => sum + Number(count[1]), 0);
  return Math.ceil(LINES / Math.max(1, workers));
}

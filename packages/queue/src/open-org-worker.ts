/**
 * Puts the consumer side together. Turns and mailboxes share one patient connection: a batch that was
 * decided while Redis was away is settled when it is back. The sweeper has its own, so that it never waits
 * behind the work it is there to repair.
 */
import type { Worker } from 'bullmq';
import { createBatchSizes } from './batch-sizes.ts';
import { closeWorker } from './close-worker.ts';
import { connect, hangUp, type RedisClient } from './connect.ts';
import { createMailboxReader } from './mailbox-reader.ts';
import type { OrgWorker } from './org-worker.ts';
import type { QueueEventListener } from './queue-event.ts';
import { type ResolvedTarget, resolveTarget } from './queue-target.ts';
import { listShards, settledChannel, type Shard } from './shards.ts';
import { createSweepLease } from './sweep-lease.ts';
import { startSweepLoop } from './sweep-loop.ts';
import { createShardSweeper } from './sweep-shard.ts';
import type { TurnDependencies } from './take-turn.ts';
import { createTurnQueue, type TurnQueue } from './turn-queue.ts';
import { createTurnWorker } from './turn-worker.ts';
import { createTurnsInHand, type TurnsInHand } from './turns-in-hand.ts';
import { type OrgWorkerOptions, resolveKnobs, type WorkerKnobs } from './worker-options.ts';

/** Everything the parts of a worker have in common. */
interface WorkerContext<T, R> {
  readonly options: OrgWorkerOptions<T, R>;
  readonly target: ResolvedTarget;
  readonly knobs: WorkerKnobs;
  readonly turns: RedisClient;
  readonly sweeping: RedisClient;
  readonly inHand: TurnsInHand;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

interface ShardParts {
  readonly worker: Worker;
  readonly turnQueues: readonly TurnQueue[];
  readonly sweep: () => Promise<number>;
}

const CLOSE_DEADLINE_MS = 10_000;
const SWEEP_COMMAND_TIMEOUT_MS = 5_000;
/** A sweeper that misses this many sweeps is replaced. */
const LEASE_SWEEPS = 5;

/** Throws a `QueueUnavailableError` when Redis cannot be reached, a `RangeError` on options that cannot be used. */
export async function openOrgWorker<T, R>(options: OrgWorkerOptions<T, R>): Promise<OrgWorker> {
  const target = resolveTarget(options);
  const knobs = resolveKnobs(options);
  const onEvent = options.onEvent ?? (() => undefined);
  const turns = await connect({ target, role: 'turns', habit: { kind: 'patient' }, onEvent });
  const sweeping = await connectSweeper(target, turns, onEvent);
  let isStopping = false;
  const inHand = createTurnsInHand();
  const context = { options, target, knobs, turns, sweeping, inHand, isStopping: () => isStopping, onEvent };

  const shards = listShards(target);
  const parts = shards.map((shard) => createShardParts(context, shard));
  const sweepers = parts.map(({ sweep }) => sweep);
  const intervalMs = knobs.sweepIntervalMs;
  const lease = createSweepLease(sweeping, intervalMs * LEASE_SWEEPS);
  const loop = startSweepLoop({ shards, sweepers, lease, intervalMs, onEvent });

  let closing: Promise<void> | undefined;
  return {
    isRunning: () => !isStopping,
    async sweep() {
      const given = await Promise.all(sweepers.map((sweep) => sweep()));
      return given.reduce((sum, orgs) => sum + orgs, 0);
    },
    close({ deadlineMs = CLOSE_DEADLINE_MS } = {}) {
      isStopping = true;
      closing ??= closeWorker({
        workers: parts.map(({ worker }) => worker),
        turnQueues: parts.flatMap(({ turnQueues }) => turnQueues),
        clients: [turns, sweeping],
        loop,
        inHand,
        deadlineMs,
        onEvent,
      });
      return closing;
    },
  };
}

async function connectSweeper(
  target: ResolvedTarget,
  turns: RedisClient,
  onEvent: QueueEventListener,
): Promise<RedisClient> {
  const habit = { kind: 'asking', timeoutMs: SWEEP_COMMAND_TIMEOUT_MS } as const;
  try {
    return await connect({ target, role: 'sweeper', habit, onEvent });
  } catch (error) {
    hangUp(turns);
    throw error;
  }
}

function createShardParts<T, R>(context: WorkerContext<T, R>, shard: Shard): ShardParts {
  const { knobs, turns, sweeping, inHand, isStopping, onEvent } = context;
  const onError = (cause: Error): void => onEvent({ kind: 'redis-error', connection: 'turns', cause });
  const turnQueue = createTurnQueue(turns, shard, onError);
  const sweepQueue = createTurnQueue(sweeping, shard, onError);
  const common = { shard, knobs, inHand, isStopping, onEvent };
  const turn = createTurn(context, shard, turns);
  const sweepTurn = createTurn(context, shard, sweeping);
  return {
    worker: createTurnWorker({ ...common, client: turns, turn, turnQueue }),
    turnQueues: [turnQueue, sweepQueue],
    sweep: createShardSweeper({
      ...common,
      client: sweeping,
      mailbox: sweepTurn.mailbox,
      turn: sweepTurn,
      turnQueue: sweepQueue,
    }),
  };
}

function createTurn<T, R>(
  { options, knobs, target, inHand }: WorkerContext<T, R>,
  shard: Shard,
  client: RedisClient,
): TurnDependencies<T, R> {
  const { batchBytesMax, settledTtlMs, batchMax, sharedBatchMax, poisonTries, sliceMs } = knobs;
  const channel = settledChannel(target.name);
  return {
    mailbox: createMailboxReader({ client, shard, channel, batchBytesMax, settledTtlMs }),
    sizes: createBatchSizes(batchMax),
    rules: { ...pickRules(options), poisonTries },
    sliceMs,
    sharedBatchMax,
    isShared: inHand.hasOthers,
  };
}

function pickRules<T, R>(
  options: OrgWorkerOptions<T, R>,
): Omit<TurnDependencies<T, R>['rules'], 'poisonTries'> {
  return {
    parse: (raw) => options.parse(raw),
    handle: (batch) => options.handle(batch),
    bury: (item) => options.bury(item),
    isRetryable: (error) => options.isRetryable(error),
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
  };
}

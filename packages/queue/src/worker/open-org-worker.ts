/**
 * Assembles the consumer. Turns and mailboxes share one `patient` connection, so a batch that was decided
 * while Redis was unavailable is settled when Redis is back. The sweeper has its own connection, so that it
 * never waits behind the work it repairs; so have the subscriptions.
 */
import type { Worker } from 'bullmq';
import { LINES } from '../limits.ts';
import { type LineChannels, openLineChannels } from '../partition/line-channels.ts';
import { findShare, type LineShares, startLineShares } from '../partition/line-shares.ts';
import { createLineTurns, type LineTurns } from '../partition/line-turns.ts';
import { createTurnQueue, type TurnQueue } from '../partition/turn-queue.ts';
import { createTurnWorker } from '../partition/turn-worker.ts';
import type { QueueEventListener } from '../queue-event.ts';
import { connect, hangUp, type RedisClient } from '../redis/connect.ts';
import { type ResolvedTarget, resolveTarget } from '../redis/queue-target.ts';
import { listShards, settledChannel, type Shard } from '../redis/shards.ts';
import { createSweepLease, startSweepLoop } from '../sweeper/sweep-loop.ts';
import { createShardSweeper } from '../sweeper/sweep-shard.ts';
import { closeWorker } from './close-worker.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { type OrgWorker, type OrgWorkerOptions, resolveKnobs, type WorkerKnobs } from './org-worker.ts';
import { createBatchSizes } from './serve-batch.ts';
import { createServedOrgs, type ServedOrgs } from './served-orgs.ts';

interface Clients {
  readonly turns: RedisClient;
  readonly sweeping: RedisClient;
  readonly lines: RedisClient;
}

/** Dependencies shared by the parts of a worker. */
interface WorkerContext<T, R> {
  readonly options: OrgWorkerOptions<T, R>;
  readonly target: ResolvedTarget;
  readonly knobs: WorkerKnobs;
  readonly clients: Clients;
  readonly channels: LineChannels;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

interface ShardParts {
  readonly worker: Worker;
  readonly turns: LineTurns;
  readonly shares: LineShares;
  readonly turnQueues: readonly TurnQueue[];
  readonly sweep: () => Promise<number>;
}

const ALL_LINES = Array.from({ length: LINES }, (_, line) => line);
const CLOSE_DEADLINE_MS = 10_000;
const SWEEP_COMMAND_TIMEOUT_MS = 5_000;
/** A sweeper that misses this many sweeps is replaced. */
const LEASE_SWEEPS = 5;

/** Throws a `QueueUnavailableError` when Redis cannot be reached, a `RangeError` on invalid options. */
export async function openOrgWorker<T, R>(options: OrgWorkerOptions<T, R>): Promise<OrgWorker> {
  const target = resolveTarget(options);
  const knobs = resolveKnobs(options);
  const onEvent = options.onEvent ?? (() => undefined);
  const clients = await connectAll(target, onEvent);
  let isStopping = false;
  const shards = listShards(target);
  const served = createServedOrgs();
  const common = { options, target, knobs, clients, isStopping: () => isStopping, onEvent };
  const dispatchers = shards.map((shard) => createShardDispatcher(common, shard, served));
  const channels = await openChannels(common, shards, dispatchers);
  const context = { ...common, channels };
  const parts = await Promise.all(
    shards.map((shard, at) => createShardParts(context, shard, dispatchers[at])),
  );
  const sweepers = parts.map(({ sweep }) => sweep);
  const intervalMs = knobs.sweepIntervalMs;
  const lease = createSweepLease(clients.sweeping, intervalMs * LEASE_SWEEPS);
  const loop = startSweepLoop({ shards, sweepers, lease, intervalMs, onEvent });

  let closing: Promise<void> | undefined;
  return {
    isRunning: () => !isStopping,
    async sweep() {
      const overdue = await Promise.all(sweepers.map((sweep) => sweep()));
      return overdue.reduce((sum, orgs) => sum + orgs, 0);
    },
    close({ deadlineMs = CLOSE_DEADLINE_MS } = {}) {
      isStopping = true;
      closing ??= closeWorker({
        workers: parts.map(({ worker }) => worker),
        turnQueues: parts.flatMap(({ turnQueues }) => turnQueues),
        turns: parts.map(({ turns }) => turns),
        shares: parts.map(({ shares }) => shares),
        clients: listClients(clients),
        channels,
        loop,
        deadlineMs,
        onEvent,
      });
      return closing;
    },
  };
}

async function connectAll(target: ResolvedTarget, onEvent: QueueEventListener): Promise<Clients> {
  const opened: RedisClient[] = [];
  const open = async (...[role, habit]: [string, Parameters<typeof connect>[0]['habit']]) => {
    const client = await connect({ target, role, habit, onEvent });
    opened.push(client);
    return client;
  };
  try {
    const turns = await open('turns', { kind: 'patient' });
    const lines = await open('lines', { kind: 'patient' });
    const sweeping = await open('sweeper', { kind: 'asking', timeoutMs: SWEEP_COMMAND_TIMEOUT_MS });
    return { turns, lines, sweeping };
  } catch (error) {
    for (const client of opened) hangUp(client);
    throw error;
  }
}

function listClients({ turns, lines, sweeping }: Clients): readonly RedisClient[] {
  return [turns, lines, sweeping];
}

async function openChannels<T, R>(
  { clients, onEvent }: Pick<WorkerContext<T, R>, 'clients' | 'onEvent'>,
  shards: readonly Shard[],
  dispatchers: readonly Dispatcher[],
): Promise<LineChannels> {
  try {
    return await openLineChannels({
      subscriber: clients.lines,
      shards,
      onWork: ({ index }, lines = ALL_LINES) => dispatchers[index]?.wake(lines),
      onHanded: ({ index }, line, handed) => dispatchers[index]?.receive(line, handed),
      onEvent,
    });
  } catch (error) {
    for (const client of listClients(clients)) hangUp(client);
    throw error;
  }
}

function createShardDispatcher<T, R>(
  { options, knobs, clients, target, onEvent }: Omit<WorkerContext<T, R>, 'channels'>,
  shard: Shard,
  served: ServedOrgs,
): Dispatcher {
  const { batchBytesMax, settledTtlMs, batchMax, sharedBatchMax, poisonTries, resultBytesMax } = knobs;
  return createDispatcher({
    work: {
      client: clients.turns,
      shard,
      channel: settledChannel(target.name),
      ...{ batchMax, sharedBatchMax, batchBytesMax, settledTtlMs },
    },
    rules: { ...pickRules(options), poisonTries, resultBytesMax, sizes: createBatchSizes(batchMax) },
    concurrency: knobs.concurrency,
    retryBackoffMs: knobs.retryBackoffMs,
    served,
    onEvent,
  });
}

async function createShardParts<T, R>(
  { knobs, clients, channels, isStopping, onEvent }: WorkerContext<T, R>,
  shard: Shard,
  dispatcher: Dispatcher | undefined,
): Promise<ShardParts> {
  if (!dispatcher) throw new RangeError(`no shard ${shard.index}`);
  const { turns: client, sweeping } = clients;
  const onError = (cause: Error): void => onEvent({ kind: 'redis-error', connection: 'turns', cause });
  const turnQueue = createTurnQueue(client, shard, onError);
  const sweepQueue = createTurnQueue(sweeping, shard, onError);
  const turns = createLineTurns({ client, shard, server: dispatcher, channels, sliceMs: knobs.sliceMs });
  // Do not take more than the share while other workers are running.
  turns.limit = await findShare(client, shard);
  const common = { shard, knobs, turns, isStopping, onEvent };
  const worker = createTurnWorker({ ...common, client, turnQueue });
  return {
    worker,
    turns,
    shares: startLineShares({ client, shard, turns, turnQueue, dealTo: worker, onEvent }),
    turnQueues: [turnQueue, sweepQueue],
    sweep: createShardSweeper({ ...common, client: sweeping, server: dispatcher, turnQueue: sweepQueue }),
  };
}

function pickRules<T, R>(
  options: OrgWorkerOptions<T, R>,
): Pick<OrgWorkerOptions<T, R>, 'parse' | 'handle' | 'bury' | 'isRetryable' | 'onEvent'> {
  return {
    parse: (raw) => options.parse(raw),
    handle: (batch) => options.handle(batch),
    bury: (item) => options.bury(item),
    isRetryable: (error) => options.isRetryable(error),
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
  };
}

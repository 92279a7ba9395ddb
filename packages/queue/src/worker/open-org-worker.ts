/**
 * Assembles the consumer, and closes it within a deadline. Leases and mailboxes share one `patient` connection,
 * so a batch that was decided while Redis was unavailable is completed when Redis is back. The sweeper has its
 * own connection, so that it never waits behind the work it repairs; so have the subscriptions.
 */
import type { Worker } from 'bullmq';
import { PARTITIONS } from '../limits.ts';
import { createLeaseQueue, type LeaseQueue } from '../partition/lease-queue.ts';
import { createLeaseWorker } from '../partition/lease-worker.ts';
import { openPartitionChannels, type PartitionChannels } from '../partition/partition-channels.ts';
import { createPartitionLeases, type PartitionLeases } from '../partition/partition-leases.ts';
import { findShare, type PartitionShares, startPartitionShares } from '../partition/partition-shares.ts';
import type { QueueEventListener } from '../queue-event.ts';
import { connect, hangUp, type RedisClient } from '../redis/connect.ts';
import { type ResolvedTarget, resolveTarget } from '../redis/queue-target.ts';
import { completedChannel, listShards, type Shard } from '../redis/shards.ts';
import { createSweepLease, startSweepLoop, type SweepLoop } from '../sweeper/sweep-loop.ts';
import { createShardSweeper } from '../sweeper/sweep-shard.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { type OrgWorker, type OrgWorkerOptions, resolveKnobs, type WorkerKnobs } from './org-worker.ts';
import { createServedOrgs } from './served-orgs.ts';

interface Clients {
  readonly leases: RedisClient;
  readonly sweeping: RedisClient;
  readonly partitions: RedisClient;
}

/** What the parts of all shards share. */
interface WorkerContext {
  readonly knobs: WorkerKnobs;
  readonly clients: Clients;
  readonly channels: PartitionChannels;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

interface ShardParts {
  readonly worker: Worker;
  readonly leases: PartitionLeases;
  readonly shares: PartitionShares;
  readonly leaseQueues: readonly LeaseQueue[];
  readonly sweep: () => Promise<number>;
}

const ALL_PARTITIONS = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const CLOSE_DEADLINE_MS = 10_000;
/** Minimum time for disconnecting from Redis, even after the deadline. */
const DISCONNECT_MS = 1_000;
const SWEEP_COMMAND_TIMEOUT_MS = 5_000;
/** A sweeper that misses this many sweeps is replaced. */
const SWEEP_LEASE_INTERVALS = 5;

/** Throws a `QueueUnavailableError` when Redis cannot be reached, a `RangeError` on invalid options. */
export async function openOrgWorker<T, R>(options: OrgWorkerOptions<T, R>): Promise<OrgWorker> {
  const target = resolveTarget(options);
  const knobs = resolveKnobs(options);
  const onEvent = options.onEvent ?? (() => undefined);
  const clients = await connectAll(target, onEvent);
  let isStopping = false;
  const shards = listShards(target);
  const work = { client: clients.leases, channel: completedChannel(target.name), knobs, options, onEvent };
  const served = createServedOrgs();
  const dispatchers = shards.map((shard) => createDispatcher({ ...work, shard, served }));
  const channels = await openChannels(clients, shards, dispatchers, onEvent);
  const context = { knobs, clients, channels, isStopping: () => isStopping, onEvent };
  const parts = await Promise.all(
    shards.map((shard, at) => createShardParts(context, shard, dispatchers[at])),
  );
  const sweepers = parts.map(({ sweep }) => sweep);
  const intervalMs = knobs.sweepIntervalMs;
  const sweepLease = createSweepLease(clients.sweeping, intervalMs * SWEEP_LEASE_INTERVALS);
  const loop = startSweepLoop({ shards, sweepers, sweepLease, intervalMs, onEvent });

  let closing: Promise<void> | undefined;
  return {
    isRunning: () => !isStopping,
    async sweep() {
      const overdue = await Promise.all(sweepers.map((sweep) => sweep()));
      return overdue.reduce((sum, orgs) => sum + orgs, 0);
    },
    close({ deadlineMs = CLOSE_DEADLINE_MS } = {}) {
      isStopping = true;
      closing ??= closeWorker(context, parts, loop, deadlineMs);
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
    const leases = await open('leases', { kind: 'patient' });
    const partitions = await open('partitions', { kind: 'patient' });
    const sweeping = await open('sweeper', { kind: 'asking', timeoutMs: SWEEP_COMMAND_TIMEOUT_MS });
    return { leases, partitions, sweeping };
  } catch (error) {
    for (const client of opened) hangUp(client);
    throw error;
  }
}

function hangUpAll({ leases, partitions, sweeping }: Clients): void {
  for (const client of [leases, partitions, sweeping]) hangUp(client);
}

async function openChannels(
  clients: Clients,
  shards: readonly Shard[],
  dispatchers: readonly Dispatcher[],
  onEvent: QueueEventListener,
): Promise<PartitionChannels> {
  try {
    return await openPartitionChannels({
      subscriber: clients.partitions,
      shards,
      onWork: ({ index }, partitions = ALL_PARTITIONS) => dispatchers[index]?.wake(partitions),
      onInline: ({ index }, partition, batches) => dispatchers[index]?.receive(partition, batches),
      onEvent,
    });
  } catch (error) {
    hangUpAll(clients);
    throw error;
  }
}

async function createShardParts(
  { knobs, clients, channels, isStopping, onEvent }: WorkerContext,
  shard: Shard,
  dispatcher: Dispatcher | undefined,
): Promise<ShardParts> {
  if (!dispatcher) throw new RangeError(`no shard ${shard.index}`);
  const { leases: client, sweeping } = clients;
  const onError = (cause: Error): void => onEvent({ kind: 'redis-error', connection: 'leases', cause });
  const leaseQueue = createLeaseQueue(client, shard, onError);
  const sweepQueue = createLeaseQueue(sweeping, shard, onError);
  const leases = createPartitionLeases({
    client,
    shard,
    server: dispatcher,
    channels,
    sliceMs: knobs.sliceMs,
  });
  // Do not take more than the share while other workers are running.
  leases.limit = await findShare(client, shard);
  const common = { shard, knobs, leases, isStopping, onEvent };
  const worker = createLeaseWorker({ ...common, client, leaseQueue });
  return {
    worker,
    leases,
    shares: startPartitionShares({ client, shard, leases, leaseQueue, dealTo: worker, onEvent }),
    leaseQueues: [leaseQueue, sweepQueue],
    sweep: createShardSweeper({ ...common, client: sweeping, server: dispatcher, leaseQueue: sweepQueue }),
  };
}

/**
 * Takes no more leases, finishes the batches in flight, disconnects. BullMQ's close waits indefinitely for a
 * handler that hangs. At the deadline the leases are dropped instead; their locks expire and another worker
 * takes them over.
 */
async function closeWorker(
  { clients, channels, onEvent }: WorkerContext,
  parts: readonly ShardParts[],
  loop: SweepLoop,
  deadlineMs: number,
): Promise<void> {
  const endAt = performance.now() + deadlineMs;
  const leftMs = (): number => Math.max(0, endAt - performance.now());

  // From now on the shares of other workers grow, and they take over each partition that ends here.
  for (const { shares } of parts) shares.close();
  channels.leave();
  for (const { leases } of parts) leases.stop();
  // Not `close()` yet: it waits for every lease, and cannot be forced once it has begun.
  await Promise.all(parts.map(({ worker }) => worker.pause(true)));
  await Promise.all(parts.map(({ leases }) => leases.drained(leftMs())));
  const dropped = parts.reduce((sum, { leases }) => sum + leases.heldCount, 0);
  const isForced = dropped > 0;
  if (isForced) onEvent({ kind: 'close-dropped', leases: dropped });
  const ended = Promise.allSettled([
    loop.close(),
    ...parts.map(({ worker }) => worker.close(isForced)),
    ...parts.flatMap(({ leaseQueues }) => leaseQueues).map((leaseQueue) => leaseQueue.close()),
  ]);
  const isEnded = await settledWithin(ended, Math.max(leftMs(), DISCONNECT_MS));
  // If Redis is unavailable, a graceful disconnect never resolves.
  if (!isEnded) await Promise.allSettled(parts.map(({ worker }) => worker.getBackend().close(true)));
  hangUpAll(clients);
}

/** Resolves true if the promise settles within `ms`. */
async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), ms);
  const isSettled = await Promise.race([promise.then(() => true), timeout.promise]);
  clearTimeout(timer);
  return isSettled;
}

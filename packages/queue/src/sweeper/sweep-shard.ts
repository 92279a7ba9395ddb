/**
 * Finds orgs whose oldest item is overdue and gets them served: puts them in their partition, wakes the
 * partition, and serves it without a lease if leases have no effect. So any other loss (a failed wake-up, a
 * lost lease, a deduplication key without a lease, lost BullMQ keys) causes only a delay of seconds.
 */
import { HAND_OVER_MS, SWEEP_DRAINS_MAX, SWEEP_PAGE_ORGS, SWEEP_PAGES_MAX } from '../limits.ts';
import type { LeaseQueue } from '../partition/lease-queue.ts';
import type { PartitionLeases, PartitionServer } from '../partition/partition-leases.ts';
import { type QueueEventListener, toError } from '../queue-event.ts';
import type { RedisClient } from '../redis/connect.ts';
import { loadScript, runScript } from '../redis/load-script.ts';
import { partitionOf, type Shard } from '../redis/shards.ts';

export interface ShardSweeperOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  /** See `WorkerKnobs`. */
  readonly knobs: { readonly sweepAfterMs: number; readonly vainSweepsMax: number };
  readonly server: PartitionServer;
  readonly leases: PartitionLeases;
  readonly leaseQueue: LeaseQueue;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

interface Overdue {
  readonly orgId: string;
  /** Entry at the head of the mailbox. */
  readonly head: string;
}

/** How many consecutive sweeps found an org with the same head. */
interface Vain {
  readonly head: string;
  readonly sweeps: number;
}

const SWEEP = loadScript('sweep');

/** Returns a function that sweeps once and resolves with the number of overdue orgs. */
export function createShardSweeper(options: ShardSweeperOptions): () => Promise<number> {
  let vain = new Map<string, Vain>();
  let offset = 0;
  const draining = new Set<number>();
  return async () => {
    const seen = new Map<string, Vain>();
    let orgs = 0;
    for (let page = 0; page < SWEEP_PAGES_MAX; page += 1) {
      const { scanned, overdue, idlePartitions } = await sweepPage(options, offset);
      for (const { orgId, head } of overdue) seen.set(orgId, countVain(vain.get(orgId), head));
      orgs += overdue.length;
      await addLeases(options, idlePartitions);
      // The next sweep continues after this page, so that orgs that cannot be served do not hide the others.
      offset = scanned < SWEEP_PAGE_ORGS ? 0 : offset + scanned;
      if (offset === 0) break;
    }
    vain = seen;
    await drainPhantoms(options, seen, draining);
    if (orgs > 0) options.onEvent({ kind: 'swept', orgs });
    return orgs;
  };
}

function countVain(before: Vain | undefined, head: string): Vain {
  return { head, sweeps: before?.head === head ? before.sweeps + 1 : 1 };
}

/** Sweeps one page. `idlePartitions` are the partitions of its orgs that no worker holds. */
async function sweepPage(
  { client, shard, knobs }: ShardSweeperOptions,
  offset: number,
): Promise<{ scanned: number; overdue: readonly Overdue[]; idlePartitions: readonly number[] }> {
  const reply = await runScript(client, SWEEP, {
    keys: [shard.busy, shard.paused],
    args: [shard.tag, knobs.sweepAfterMs, offset, SWEEP_PAGE_ORGS],
  });
  const [scanned, flat, idlePartitions] = reply as [number, string[], number[]];
  const overdue: Overdue[] = [];
  for (let at = 0; at < flat.length; at += 2)
    overdue.push({ orgId: flat[at] ?? '', head: flat[at + 1] ?? '' });
  return { scanned, overdue, idlePartitions };
}

/** A failed add does not end the sweep: the next sweep retries, and phantoms are drained in any case. */
async function addLeases(
  { leaseQueue, onEvent }: ShardSweeperOptions,
  partitions: readonly number[],
): Promise<void> {
  try {
    await leaseQueue.add(partitions);
  } catch (error) {
    onEvent({ kind: 'wake-failed', partitions, cause: toError(error) });
  }
}

async function drainPhantoms(
  options: ShardSweeperOptions,
  seen: ReadonlyMap<string, Vain>,
  draining: Set<number>,
): Promise<void> {
  for (const [orgId, { sweeps }] of seen) {
    const partition = partitionOf(orgId);
    if (draining.size >= SWEEP_DRAINS_MAX || options.isStopping()) return;
    if (sweeps < options.knobs.vainSweepsMax || draining.has(partition)) continue;
    if (options.server.has(orgId) || !(await isPhantom(options, partition))) continue;
    draining.add(partition);
    // Not awaited: an org whose handler hangs must not block the sweep of others.
    void drain(options, partition).finally(() => draining.delete(partition));
  }
}

/**
 * True when no worker will serve this partition: BullMQ has no lease for it, or has a waiting lease that this
 * idle worker does not receive (it fetches nothing after an outage, or Redis is too full for BullMQ to
 * deliver leases). A lease that is active or in backoff has an owner, however long an org of the partition
 * takes.
 */
async function isPhantom({ leaseQueue, leases }: ShardSweeperOptions, partition: number): Promise<boolean> {
  if (leases.has(partition)) return false;
  const state = await leaseQueue.stateOf(partition);
  return state === 'none' || (state === 'waiting' && leases.heldCount === 0);
}

async function drain({ leases, leaseQueue, onEvent }: ShardSweeperOptions, partition: number): Promise<void> {
  onEvent({ kind: 'vain-drain', partition });
  try {
    await leases.serve(partition, { lingerMs: HAND_OVER_MS });
    // Remove the stray key last: while it exists, no lease of this partition can begin concurrently.
    if ((await leaseQueue.stateOf(partition)) === 'none') await leaseQueue.forget(partition);
  } catch (error) {
    onEvent({ kind: 'turn-failed', partition, cause: toError(error) });
  }
}

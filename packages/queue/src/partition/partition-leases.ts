/**
 * Runs partition leases: while a lease runs, the worker holds the partition, serves its orgs and is notified of
 * every org that enters.
 *
 * All states of a partition and all ways between them:
 *
 *   state      lease in BullMQ  subscriber of its channel    orgs in it
 *   idle       none             none                         none
 *   unserved   none             none                         some
 *   waiting    waiting          none                         some; none if another holder served them
 *   held       active           the worker with the lease    some or none
 *   ending     active           the same, until its last look
 *   backoff    in backoff       none                         some or none
 *   drained    none or waiting  a worker that sweeps         some or none
 *
 *   idle ──► unserved ──► waiting ──► held ◄──► ending ──► idle or waiting
 *
 *   idle     → unserved  an org enters: accept.lua, resume.lua and sweep.lua return a partition without
 *                        subscriber
 *   unserved → waiting   a lease is added: `Waker.wake` at once, else `addLeases` of a sweep
 *   unserved → idle      its orgs are paused: pause.lua
 *   unserved → drained   `vainSweepsMax` sweeps found the same overdue item, and no lease: `isPhantom`
 *   waiting  → drained   the same sweeps found a lease, but this worker holds no partition: it receives no
 *                        leases
 *   waiting  → held      BullMQ delivers the lease: `runLease`, `serve`
 *   waiting  → waiting   the worker is stopping: `runLease` adds the lease again
 *   held     → ending    the partition was inactive for `lingerMs`; or its slice is over and the worker holds
 *                        too many partitions; `yieldOne`; `stop`; the lock is lost
 *   ending   → held      batches are in flight after HAND_OVER_MS, unless the worker stops or lost the lock;
 *                        or the last look finds orgs, unless one of these or the partition is handed over
 *   ending   → idle      the last look finds no org
 *   ending   → waiting   orgs are left, and `runLease` adds a lease; or an org entered after the worker
 *                        unsubscribed, and BullMQ kept the lease that was added (`keepLastIfActive`)
 *   waiting  → unserved  BullMQ lost the lease
 *   held, ending → waiting   the worker died or froze: BullMQ requeues the lease when its lock has expired
 *   held, ending → backoff   a command failed: `runLease` throws
 *   backoff  → waiting   after `retryBackoffMs`
 *   drained  → idle      the last look finds no org; a stray deduplication key is removed: `drain`
 *   drained  → waiting   the lease still waits
 *   drained  → unserved  a command failed, or the partition ended with orgs left; the next sweep finds them
 *
 * While a partition is held, ending or drained, an org that enters changes no state: the subscriber gets a
 * message. At the end of a lease nothing more is taken, batches in flight are completed, and the worker
 * unsubscribes before its last look at the partition. An org that enters later finds no subscriber and causes a
 * lease. So no org is missed in between. Two workers may hold one partition after a lost lock; late completions
 * change nothing.
 */
import { HAND_OVER_MS, LINGER_MS, PARTITIONS } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';
import { partitionKey, type Shard } from '../redis/shards.ts';
import { type Bell, createBell } from './bell.ts';
import type { HeldPartition } from './held-partition.ts';
import type { PartitionChannels } from './partition-channels.ts';

/** Serves the orgs of the partitions that this worker holds. */
export interface PartitionServer {
  /** Begins to take from a partition that is not held yet. */
  open(partition: number): HeldPartition;
  /** Removes a partition that is not open and has nothing in flight. */
  close(partition: HeldPartition): void;
  /** Items may have entered these partitions; those that are not held here are ignored. */
  wake(partitions: readonly number[]): void;
  /** Whether this worker is serving the org, or lets it rest after a failure. */
  has(orgId: string): boolean;
}

export interface PartitionLeases {
  /** Number of partitions held. */
  readonly heldCount: number;
  /** Maximum number of partitions this worker holds; surplus leases end within a slice. */
  limit: number;
  has(partition: number): boolean;
  /** Serves the partition until the lease is over. */
  serve(partition: number, lease?: PartitionLease): Promise<LeaseEnd>;
  /** Ends one lease now, preferably one without a batch in flight. */
  yieldOne(): void;
  /** Ends all leases as soon as their batches in flight are completed. */
  stop(): void;
  /** Resolves true when no lease is running, false after `withinMs`. */
  drained(withinMs: number): Promise<boolean>;
}

interface PartitionLease {
  /** Aborted when the lock is lost: another worker may hold the partition now. */
  readonly lost?: AbortSignal;
  /** How long the partition is held while it is inactive. */
  readonly lingerMs?: number;
}

interface LeaseEnd {
  /** Items completed. */
  readonly items: number;
  /** Orgs left in the partition, for its next lease. */
  readonly left: number;
}

export interface PartitionLeasesOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly server: PartitionServer;
  readonly channels: PartitionChannels;
  readonly sliceMs: number;
}

/** Minimum sleep, so that a lease that cannot end yet does not retry in a busy loop. */
const SLEEP_MIN_MS = 10;

interface RunningLease extends PartitionLease {
  readonly bell: Bell;
  readonly ended: PromiseWithResolvers<void>;
  held?: HeldPartition;
  isYielding: boolean;
}

export function createPartitionLeases(options: PartitionLeasesOptions): PartitionLeases {
  const leases = new Map<number, RunningLease>();
  let isStopping = false;
  const partitionLeases: PartitionLeases = {
    get heldCount() {
      return leases.size;
    },
    limit: PARTITIONS,
    has: (partition) => leases.has(partition),
    async serve(partition, given = {}) {
      // The sweeper may be serving the partition without a lease.
      for (let other = leases.get(partition); other; other = leases.get(partition)) await other.ended.promise;
      const lease: RunningLease = {
        ...given,
        bell: createBell(),
        ended: Promise.withResolvers(),
        isYielding: false,
      };
      leases.set(partition, lease);
      lease.lost?.addEventListener('abort', lease.bell.ring);
      try {
        const isOver = (): boolean => isStopping || lease.lost?.aborted === true;
        const isSurplus = (): boolean => leases.size > partitionLeases.limit;
        return await serveLease(partition, lease, { ...options, isOver, isSurplus });
      } finally {
        leases.delete(partition);
        lease.ended.resolve();
      }
    },
    yieldOne() {
      const candidates = [...leases.values()].filter(({ isYielding }) => !isYielding);
      // Random, so that the next call tries another lease if this one cannot end.
      const any = candidates[Math.floor(Math.random() * candidates.length)];
      const lease = candidates.find(({ held }) => held?.isQuiet()) ?? any;
      if (!lease) return;
      lease.isYielding = true;
      lease.bell.ring();
    },
    stop() {
      isStopping = true;
      for (const { bell } of leases.values()) bell.ring();
    },
    async drained(withinMs) {
      const timeout = Promise.withResolvers<void>();
      const timer = setTimeout(timeout.resolve, withinMs);
      const all = Promise.all([...leases.values()].map(({ ended }) => ended.promise));
      await Promise.race([all, timeout.promise]);
      clearTimeout(timer);
      return leases.size === 0;
    },
  };
  return partitionLeases;
}

interface Conditions extends PartitionLeasesOptions {
  /** The lease must end, even if orgs are left in the partition. */
  isOver(): boolean;
  /** The worker holds more partitions than its limit. */
  isSurplus(): boolean;
}

async function serveLease(partition: number, lease: RunningLease, conditions: Conditions): Promise<LeaseEnd> {
  const { shard, server, channels } = conditions;
  try {
    // Subscribe first: the first look finds orgs that entered before, and messages report those that enter
    // later.
    await channels.hold(shard, partition);
    lease.held = server.open(partition);
    const left = await holdPartition(lease, lease.held, conditions);
    return { items: lease.held.items, left };
  } catch (error) {
    channels.release(shard, partition).catch(() => undefined);
    throw error;
  } finally {
    if (lease.held) server.close(lease.held);
  }
}

/** Resolves with the number of orgs left in the partition when the lease is over. */
async function holdPartition(
  lease: RunningLease,
  held: HeldPartition,
  conditions: Conditions,
): Promise<number> {
  const { sliceMs, isOver, isSurplus } = conditions;
  const lingerMs = lease.lingerMs ?? LINGER_MS;
  let sliceEndsAt = performance.now() + sliceMs;
  for (;;) {
    const untilSlice = sliceEndsAt - performance.now();
    await lease.bell.sleep(Math.max(SLEEP_MIN_MS, Math.min(lingerMs - held.quietMs(), untilSlice)));
    const isSliceOver = performance.now() >= sliceEndsAt;
    const isHandedOver = lease.isYielding || (isSliceOver && isSurplus());
    lease.isYielding = false;
    if (isSliceOver) sliceEndsAt = performance.now() + sliceMs;
    if (!isOver() && !isHandedOver && held.quietMs() < lingerMs) continue;
    const left = await tryToEnd(lease, held, { ...conditions, isHandedOver });
    if (left !== undefined) return left;
  }
}

/** Returns how many orgs are left in the partition, or `undefined` when the lease goes on. */
async function tryToEnd(
  { lost }: RunningLease,
  held: HeldPartition,
  { client, shard, server, channels, isOver, isHandedOver }: Conditions & { isHandedOver: boolean },
): Promise<number | undefined> {
  const { number } = held;
  held.isOpen = false;
  // A stopping worker waits for its batches in flight (closing has the deadline). After a lost lock it does
  // not wait.
  const isStopping = isOver() && lost?.aborted !== true;
  const isIdle = await held.idle(isStopping ? Infinity : HAND_OVER_MS);
  if (isIdle || isOver()) {
    await channels.release(shard, number);
    const left = await client.zcard(partitionKey(shard, number));
    if (left === 0 || isHandedOver || isOver()) return left;
    await channels.hold(shard, number);
  }
  held.isOpen = true;
  server.wake([number]);
  return undefined;
}

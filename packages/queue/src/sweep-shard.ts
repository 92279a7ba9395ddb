/**
 * Finds orgs whose oldest item has waited too long and gets them served: by a turn, and when turns come to
 * nothing, by emptying the mailbox itself. This is what makes every other loss (a wake that failed, a turn
 * that vanished, a deduplication key without a turn, BullMQ's keys being gone) a delay of seconds.
 */
import type { RedisClient } from './connect.ts';
import { SWEEP_DRAINS_MAX, SWEEP_PAGE_ORGS, SWEEP_PAGES_MAX } from './limits.ts';
import type { MailboxReader } from './mailbox-reader.ts';
import { OVERDUE_LUA } from './lua/overdue.ts';
import type { QueueEventListener } from './queue-event.ts';
import { defineScript, runScript } from './script.ts';
import type { Shard } from './shards.ts';
import { takeTurn, type TurnDependencies } from './take-turn.ts';
import type { TurnQueue } from './turn-queue.ts';
import type { TurnsInHand } from './turns-in-hand.ts';
import type { WorkerKnobs } from './worker-options.ts';

export interface ShardSweeperOptions<T, R> {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly knobs: Pick<WorkerKnobs, 'sweepAfterMs' | 'vainSweepsMax'>;
  readonly turn: TurnDependencies<T, R>;
  readonly mailbox: MailboxReader;
  readonly turnQueue: TurnQueue;
  readonly inHand: TurnsInHand;
  readonly isStopping: () => boolean;
  readonly onEvent: QueueEventListener;
}

interface Overdue {
  readonly orgId: string;
  /** Entry at the head of the mailbox; empty when the mailbox is. */
  readonly head: string;
}

/** How often an org was swept with the same head. */
interface Vain {
  readonly head: string;
  readonly sweeps: number;
}

const OVERDUE = defineScript(OVERDUE_LUA);

/** Returns one sweep: it resolves with the number of orgs that were given a turn. */
export function createShardSweeper<T, R>(options: ShardSweeperOptions<T, R>): () => Promise<number> {
  let vain = new Map<string, Vain>();
  let offset = 0;
  const draining = new Set<string>();
  return async () => {
    const seen = new Map<string, Vain>();
    let orgs = 0;
    for (let page = 0; page < SWEEP_PAGES_MAX; page += 1) {
      const { scanned, overdue } = await findOverdue(options, offset);
      for (const { orgId, head } of overdue) seen.set(orgId, countVain(vain.get(orgId), head));
      orgs += await giveTurns(options, overdue);
      // The next sweep goes on behind this one, so that orgs nobody can serve do not hide the others.
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

async function findOverdue<T, R>(
  { client, shard, knobs }: ShardSweeperOptions<T, R>,
  offset: number,
): Promise<{ scanned: number; overdue: readonly Overdue[] }> {
  const reply = await runScript(client, OVERDUE, {
    keys: [shard.busy, shard.paused],
    args: [shard.tag, knobs.sweepAfterMs, offset, SWEEP_PAGE_ORGS],
  });
  const [scanned, flat] = reply as [number, string[]];
  const overdue: Overdue[] = [];
  for (let at = 0; at < flat.length; at += 2)
    overdue.push({ orgId: flat[at] ?? '', head: flat[at + 1] ?? '' });
  return { scanned, overdue };
}

/** A failed add is not the end of a sweep: the next one comes, and phantoms are drained in any case. */
async function giveTurns<T, R>(
  { turnQueue, mailbox, onEvent }: ShardSweeperOptions<T, R>,
  overdue: readonly Overdue[],
): Promise<number> {
  const orgIds = overdue.filter(({ head }) => head !== '').map(({ orgId }) => orgId);
  // An org that is listed and has nothing is struck off the list by a settlement of nothing.
  for (const { orgId, head } of overdue) if (head === '') await mailbox.settle(orgId, [], {});
  try {
    await turnQueue.add(orgIds);
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    onEvent({ kind: 'wake-failed', orgIds, cause });
  }
  return orgIds.length;
}

async function drainPhantoms<T, R>(
  options: ShardSweeperOptions<T, R>,
  seen: ReadonlyMap<string, Vain>,
  draining: Set<string>,
): Promise<void> {
  for (const [orgId, { sweeps }] of seen) {
    if (draining.size >= SWEEP_DRAINS_MAX || options.isStopping()) return;
    if (sweeps < options.knobs.vainSweepsMax || draining.has(orgId)) continue;
    if (!(await isPhantom(options, orgId))) continue;
    draining.add(orgId);
    // Not awaited: an org whose handler hangs must not keep the others from being swept.
    void drain(options, orgId).finally(() => draining.delete(orgId));
  }
}

/**
 * True when no worker will ever come by for this org: BullMQ has no turn of it, or has one waiting that this
 * idle worker is not given (it is deaf after an outage, or Redis is too full for BullMQ to deal turns out).
 * A turn that is active or in backoff is somebody's, however long it takes.
 */
async function isPhantom<T, R>(
  { turnQueue, inHand }: ShardSweeperOptions<T, R>,
  orgId: string,
): Promise<boolean> {
  if (inHand.has(orgId)) return false;
  const state = await turnQueue.stateOf(orgId);
  return state === 'none' || (state === 'waiting' && inHand.count === 0);
}

async function drain<T, R>(
  { turn, turnQueue, inHand, isStopping, onEvent }: ShardSweeperOptions<T, R>,
  orgId: string,
): Promise<void> {
  onEvent({ kind: 'vain-drain', orgId });
  try {
    await inHand.hold(orgId, () => takeTurn({ orgId, waitedMs: 0, isStopping }, turn));
    // Only now: while the stray key stands, no turn of this org can begin beside this one.
    if ((await turnQueue.stateOf(orgId)) === 'none') await turnQueue.forget(orgId);
  } catch (error) {
    onEvent({ kind: 'turn-failed', orgId, cause: error instanceof Error ? error : new Error(String(error)) });
  }
}

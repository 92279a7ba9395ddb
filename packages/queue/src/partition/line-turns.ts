/**
 * Runs turns: during a turn the worker holds a line, serves its orgs and is notified of every org that enters.
 *
 * All states of a line and all ways between them:
 *
 *   state      turn in BullMQ   subscriber of its channel    orgs in it
 *   idle       none             none                         none
 *   unserved   none             none                         some
 *   waiting    waiting          none                         some; none if another holder served them
 *   held       active           the worker with the turn     some or none
 *   ending     active           the same, until its last look
 *   backoff    in backoff       none                         some or none
 *   drained    none or waiting  a worker that sweeps         some or none
 *
 *   idle ──► unserved ──► waiting ──► held ◄──► ending ──► idle or waiting
 *
 *   idle     → unserved  an org enters: accept.lua, resume.lua and sweep.lua return a line without subscriber
 *   unserved → waiting   a turn is added: `Waker.wake` at once, else `giveTurns` of a sweep
 *   unserved → idle      its orgs are paused: pause.lua
 *   unserved → drained   `vainSweepsMax` sweeps found the same overdue item, and no turn: `isPhantom`
 *   waiting  → drained   the same sweeps found a turn, but this worker holds no line: it receives no turns
 *   waiting  → held      BullMQ delivers the turn: `runTurn`, `serve`
 *   waiting  → waiting   the worker is stopping: `runTurn` adds the turn again
 *   held     → ending    the line was inactive for `lingerMs`; or its slice is over and the worker holds too
 *                        many lines; `yieldOne`; `stop`; the lock is lost
 *   ending   → held      batches are in flight after HAND_OVER_MS, unless the worker stops or lost the lock;
 *                        or the last look finds orgs, unless one of these or the line is handed over
 *   ending   → idle      the last look finds no org
 *   ending   → waiting   orgs are left, and `runTurn` adds a turn; or an org entered after the worker
 *                        unsubscribed, and BullMQ kept the turn that was added (`keepLastIfActive`)
 *   waiting  → unserved  BullMQ lost the turn
 *   held, ending → waiting   the worker died or froze: BullMQ requeues the turn when its lock has expired
 *   held, ending → backoff   a command failed: `runTurn` throws
 *   backoff  → waiting   after `retryBackoffMs`
 *   drained  → idle      the last look finds no org; a stray deduplication key is removed: `drain`
 *   drained  → waiting   the turn still waits
 *   drained  → unserved  a command failed, or the line ended with orgs left; the next sweep finds them
 *
 * While a line is held, ending or drained, an org that enters changes no state: the subscriber gets a message.
 * At the end of a turn nothing more is taken, batches in flight are settled, and the worker unsubscribes before
 * its last look at the line. An org that enters later finds no subscriber and causes a turn. So no org is
 * missed in between. Two workers may hold one line after a lost lock; late settlements change nothing.
 */
import { HAND_OVER_MS, LINES, LINGER_MS } from '../limits.ts';
import type { RedisClient } from '../redis/connect.ts';
import { lineKey, type Shard } from '../redis/shards.ts';
import { type Bell, createBell } from './bell.ts';
import type { LineChannels } from './line-channels.ts';
import type { LineInHand } from './line-in-hand.ts';

/** Serves the orgs of the lines that this worker holds. */
export interface LineServer {
  /** Begins to take from a line that is not held yet. */
  open(line: number): LineInHand;
  /** Removes a line that is not open and has nothing in flight. */
  close(line: LineInHand): void;
  /** Items may have entered these lines; lines that are not held here are ignored. */
  wake(lines: readonly number[]): void;
  /** Whether this worker is serving the org, or lets it rest after a failure. */
  has(orgId: string): boolean;
}

export interface LineTurns {
  /** Lines held. */
  readonly held: number;
  /** Maximum number of lines this worker holds; surplus turns end within a slice. */
  limit: number;
  has(line: number): boolean;
  /** Serves the line until the turn is over. */
  serve(line: number, turn?: LineTurn): Promise<TurnEnd>;
  /** Ends one turn now, preferably one without a batch in flight. */
  yieldOne(): void;
  /** Ends all turns as soon as their batches in flight are settled. */
  stop(): void;
  /** Resolves true when no turn is running, false after `withinMs`. */
  drained(withinMs: number): Promise<boolean>;
}

interface LineTurn {
  /** Aborted when the lock is lost: another worker may hold the line now. */
  readonly lost?: AbortSignal;
  /** How long the line is held while it is inactive. */
  readonly lingerMs?: number;
}

interface TurnEnd {
  /** Items settled. */
  readonly items: number;
  /** Orgs left in the line, for its next turn. */
  readonly left: number;
}

export interface LineTurnsOptions {
  readonly client: RedisClient;
  readonly shard: Shard;
  readonly server: LineServer;
  readonly channels: LineChannels;
  readonly sliceMs: number;
}

/** Minimum sleep, so that a turn that cannot end yet does not retry in a busy loop. */
const SLEEP_MIN_MS = 10;

interface Turn extends LineTurn {
  readonly bell: Bell;
  readonly ended: PromiseWithResolvers<void>;
  inHand?: LineInHand;
  isYielding: boolean;
}

export function createLineTurns(options: LineTurnsOptions): LineTurns {
  const turns = new Map<number, Turn>();
  let isStopping = false;
  const lineTurns: LineTurns = {
    get held() {
      return turns.size;
    },
    limit: LINES,
    has: (line) => turns.has(line),
    async serve(line, given = {}) {
      // The sweeper may be serving the line without a turn.
      for (let other = turns.get(line); other; other = turns.get(line)) await other.ended.promise;
      const turn: Turn = { ...given, bell: createBell(), ended: Promise.withResolvers(), isYielding: false };
      turns.set(line, turn);
      turn.lost?.addEventListener('abort', turn.bell.ring);
      try {
        const isOver = (): boolean => isStopping || turn.lost?.aborted === true;
        const isSurplus = (): boolean => turns.size > lineTurns.limit;
        return await serveTurn(line, turn, { ...options, isOver, isSurplus });
      } finally {
        turns.delete(line);
        turn.ended.resolve();
      }
    },
    yieldOne() {
      const candidates = [...turns.values()].filter(({ isYielding }) => !isYielding);
      // Random, so that the next call tries another turn if this one cannot end.
      const any = candidates[Math.floor(Math.random() * candidates.length)];
      const turn = candidates.find(({ inHand }) => inHand?.isQuiet()) ?? any;
      if (!turn) return;
      turn.isYielding = true;
      turn.bell.ring();
    },
    stop() {
      isStopping = true;
      for (const { bell } of turns.values()) bell.ring();
    },
    async drained(withinMs) {
      const timeout = Promise.withResolvers<void>();
      const timer = setTimeout(timeout.resolve, withinMs);
      const all = Promise.all([...turns.values()].map(({ ended }) => ended.promise));
      await Promise.race([all, timeout.promise]);
      clearTimeout(timer);
      return turns.size === 0;
    },
  };
  return lineTurns;
}

interface Conditions extends LineTurnsOptions {
  /** The turn must end, even if orgs are left in the line. */
  isOver(): boolean;
  /** The worker holds more lines than its limit. */
  isSurplus(): boolean;
}

async function serveTurn(line: number, turn: Turn, conditions: Conditions): Promise<TurnEnd> {
  const { shard, server, channels } = conditions;
  try {
    // Subscribe first: the first look finds orgs that entered before, and messages report those that enter
    // later.
    await channels.hold(shard, line);
    turn.inHand = server.open(line);
    const left = await holdLine(turn, turn.inHand, conditions);
    return { items: turn.inHand.items, left };
  } catch (error) {
    channels.release(shard, line).catch(() => undefined);
    throw error;
  } finally {
    if (turn.inHand) server.close(turn.inHand);
  }
}

/** Resolves with the number of orgs left in the line when the turn is over. */
async function holdLine(turn: Turn, inHand: LineInHand, conditions: Conditions): Promise<number> {
  const { sliceMs, isOver, isSurplus } = conditions;
  const lingerMs = turn.lingerMs ?? LINGER_MS;
  let sliceEndsAt = performance.now() + sliceMs;
  for (;;) {
    const untilSlice = sliceEndsAt - performance.now();
    await turn.bell.sleep(Math.max(SLEEP_MIN_MS, Math.min(lingerMs - inHand.quietMs(), untilSlice)));
    const isSliceOver = performance.now() >= sliceEndsAt;
    const isHandedOver = turn.isYielding || (isSliceOver && isSurplus());
    turn.isYielding = false;
    if (isSliceOver) sliceEndsAt = performance.now() + sliceMs;
    if (!isOver() && !isHandedOver && inHand.quietMs() < lingerMs) continue;
    const left = await tryToEnd(turn, inHand, { ...conditions, isHandedOver });
    if (left !== undefined) return left;
  }
}

/** Returns how many orgs are left in the line, or `undefined` when the turn goes on. */
async function tryToEnd(
  { lost }: Turn,
  inHand: LineInHand,
  { client, shard, server, channels, isOver, isHandedOver }: Conditions & { isHandedOver: boolean },
): Promise<number | undefined> {
  const { line } = inHand;
  inHand.isOpen = false;
  // A stopping worker waits for its batches in flight (closing has the deadline). After a lost lock it does
  // not wait.
  const isStopping = isOver() && lost?.aborted !== true;
  const isIdle = await inHand.idle(isStopping ? Infinity : HAND_OVER_MS);
  if (isIdle || isOver()) {
    await channels.release(shard, line);
    const left = await client.zcard(lineKey(shard, line));
    if (left === 0 || isHandedOver || isOver()) return left;
    await channels.hold(shard, line);
  }
  inHand.isOpen = true;
  server.wake([line]);
  return undefined;
}

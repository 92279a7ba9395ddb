// Shares turns for longer work fairly between organisations: queries of reads, and bodies of batches. Work
// holds a turn while it runs, and one turn is always left for organisations other than the one with most
// under way. So a flood of one organisation delays itself, and another one waits for a single turn at most.

import { Backlog } from './backlog.ts';
import { FairQueue, type Entry } from './fair-queue.ts';
import { ProblemError } from '../http/problem-error.ts';

/** Expected wait above which the newest work of the organisation with most under way gets 503. */
const WORK_WAIT_MAX_MS = 2_000;
/** Pieces of work under way that never cause a refusal. */
const ROOM_MIN = 64;

/**
 * Runs the work in the organisation's turn. Rejects with the `overloaded` problem when the wait would be too
 * long.
 */
export type TakeWorkTurn = <T>(orgId: string, work: () => Promise<T>) => Promise<T>;

interface Waiting extends Entry {
  start(): void;
  refuse(): void;
}

export interface WorkTurnsOptions {
  /** Pieces of work that run at once; one organisation may have all but one. */
  readonly turnsMax: number;
  /** The name of the work in refusals. */
  readonly what: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

export function createWorkTurns({
  turnsMax,
  what,
  now = () => performance.now(),
}: WorkTurnsOptions): TakeWorkTurn {
  const orgMax = Math.max(1, turnsMax - 1);
  const queue = new FairQueue<Waiting>();
  const backlog = new Backlog(now);
  const runningByOrg = new Map<string, number>();
  let running = 0;

  const mayRun = (orgId: string) => running < turnsMax && (runningByOrg.get(orgId) ?? 0) < orgMax;
  const count = (orgId: string, by: 1 | -1) => {
    const ofOrg = (runningByOrg.get(orgId) ?? 0) + by;
    if (ofOrg === 0) runningByOrg.delete(orgId);
    else runningByOrg.set(orgId, ofOrg);
    running += by;
  };
  const startNext = () => {
    while (running < turnsMax) {
      const next = queue.shift(mayRun);
      if (next === undefined) return;
      next.start();
    }
  };
  const run = async <T>(turn: Entry, work: () => Promise<T>): Promise<T> => {
    count(turn.orgId, 1);
    queue.hold(turn);
    try {
      return await work();
    } finally {
      queue.release(turn);
      backlog.leave(turn.units);
      count(turn.orgId, -1);
      startNext();
    }
  };

  return (orgId, work) => {
    const turn = { orgId, units: 1 };
    backlog.enter(turn.units);
    if (queue.isEmpty && mayRun(orgId)) return run(turn, work);
    return new Promise((resolve, reject) => {
      queue.push({
        ...turn,
        start: () => void run(turn, work).then(resolve, reject),
        refuse: () => reject(tooMany(what)),
      });
      startNext();
      const isFull = queue.unitsUnderWay > ROOM_MIN && backlog.expectedMs() > WORK_WAIT_MAX_MS;
      const refused = isFull ? queue.removeNewest() : undefined;
      if (refused === undefined) return;
      backlog.drop(refused.units);
      refused.refuse();
    });
  };
}

function tooMany(what: string): ProblemError {
  return new ProblemError('overloaded', {
    detail: `Too many ${what} of this organisation are under way, and this one was not begun. Send it again after Retry-After seconds, and fewer at once.`,
    headers: { 'Retry-After': '2' },
  });
}

// Turns at the database for reads, shared fairly between organisations: each read takes a turn while its query runs, and
// one turn is always left for other organisations than the one that reads most. So an organisation that lists without end
// waits for itself, and another one waits for a query at most.

import { Backlog } from '../admission/backlog.ts';
import { FairQueue, type Entry } from '../admission/fair-queue.ts';
import { ProblemError } from '../http/problem-error.ts';

/** Expected wait over which the newest reads of the organisation with most under way get 503. */
export const READ_WAIT_MAX_MS = 2_000;
/** Reads under way that are never too many. */
const ROOM_MIN = 64;

export type TakeReadTurn = <T>(orgId: string, read: () => Promise<T>) => Promise<T>;

interface Waiting extends Entry {
  start(): void;
  refuse(): void;
}

/** `turnsMax`: queries that run at once. `now`: milliseconds of a clock that never goes back. */
export function createReadTurns(turnsMax: number, now: () => number = () => performance.now()): TakeReadTurn {
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
  const run = async <T>(turn: Entry, read: () => Promise<T>): Promise<T> => {
    count(turn.orgId, 1);
    queue.hold(turn);
    try {
      return await read();
    } finally {
      queue.release(turn);
      backlog.leave(turn.units);
      count(turn.orgId, -1);
      startNext();
    }
  };

  return (orgId, read) => {
    const turn = { orgId, units: 1 };
    backlog.enter(turn.units);
    if (queue.isEmpty && mayRun(orgId)) return run(turn, read);
    return new Promise((resolve, reject) => {
      queue.push({
        ...turn,
        start: () => void run(turn, read).then(resolve, reject),
        refuse: () => reject(tooManyReads()),
      });
      startNext();
      const isFull = queue.unitsUnderWay > ROOM_MIN && backlog.expectedMs() > READ_WAIT_MAX_MS;
      const refused = isFull ? queue.removeNewest() : undefined;
      if (refused === undefined) return;
      backlog.drop(refused.units);
      refused.refuse();
    });
  };
}

function tooManyReads(): ProblemError {
  return new ProblemError('overloaded', {
    detail:
      'Too many reads of this organisation are under way. Send it again after Retry-After seconds, and fewer at once.',
    headers: { 'Retry-After': '2' },
  });
}

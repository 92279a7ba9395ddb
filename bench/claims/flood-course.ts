// One shape of traffic sent to one system, from flood to flood: the numbers go on, and every 202 is counted, because
// every one of them has to be decided in the end.

import type { FloodResult, Retry } from '../load/flood.ts';
import type { SendFlood } from '../load/start-flood-generator.ts';
import type { Traffic } from '../load/traffic.ts';
import type { Slotline } from '../systems/start-slotline.ts';

export interface Course {
  /** By the clock; `refused` says what becomes of those that are refused. */
  send(perSecond: number, seconds: number, refused?: Retry): Promise<FloodResult>;
  /** Milliseconds until everything taken so far is decided. Throws when more or fewer are decided than were taken. */
  untilDecided(): Promise<number>;
}

export interface LoopingCourse extends Course {
  /** As fast as they are answered. */
  loop(connections: number, seconds: number): Promise<FloodResult>;
}

export interface CourseOptions {
  readonly slotline: Slotline;
  readonly flood: SendFlood;
  readonly traffic: Traffic;
}

const REQUESTS_MIN = 10;
/** Enough that a queue forms in the service, where it is measured, and not in front of it. */
const CONNECTIONS_MAX = 2_000;
/** Answers later than this make requests wait for a connection. Longer, and each is used so seldom that it is cut off. */
const CONNECTION_S = 0.4;

export async function startCourse({ slotline, flood, traffic }: CourseOptions): Promise<LoopingCourse> {
  const { address } = slotline;
  const before = await slotline.countDecided();
  let [sent, taken, unknown] = [0, 0, 0];
  const note = (result: FloodResult) => {
    sent += result.sent;
    taken += result.answers[202]?.count ?? 0;
    // A connection that broke does not say what became of its request.
    unknown += result.answers[0]?.count ?? 0;
    return result;
  };
  return {
    send: async (perSecond, seconds, refused) => {
      const requests = Math.max(REQUESTS_MIN, Math.ceil(perSecond * seconds));
      const connections = Math.min(CONNECTIONS_MAX, Math.ceil(perSecond * CONNECTION_S));
      const retry = refused === undefined ? {} : { refused };
      return note(await flood({ address, traffic, from: sent, connections, perSecond, requests, ...retry }));
    },
    loop: async (connections, seconds) =>
      note(await flood({ address, traffic, from: sent, connections, seconds, isWaiting: false })),
    untilDecided: async () => {
      const startedAt = performance.now();
      await slotline.untilDecided(before + taken);
      const elapsedMs = performance.now() - startedAt;
      const decided = (await slotline.countDecided()) - before;
      if (decided > taken + unknown) throw new Error(`${decided} were decided, and only ${taken} taken`);
      return elapsedMs;
    },
  };
}

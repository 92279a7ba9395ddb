// One shape of traffic sent to one system, from flood to flood: the numbers go on, and every 202 is counted, because
// every one of them has to be decided in the end.

import type { FloodResult } from '../load/flood.ts';
import type { SendFlood } from '../load/start-flood-generator.ts';
import type { Traffic } from '../load/traffic.ts';
import type { Slotline } from '../systems/start-slotline.ts';

export interface Course {
  send(perSecond: number, seconds: number): Promise<FloodResult>;
  /** Milliseconds until everything taken so far is decided. Throws when more or fewer are decided than were taken. */
  untilDecided(): Promise<number>;
}

export interface CourseOptions {
  readonly slotline: Slotline;
  readonly flood: SendFlood;
  readonly traffic: Traffic;
}

/** Come back later: what an answer may be besides 202 when there is too much. */
export const REFUSALS = [429, 503] as const;

const REQUESTS_MIN = 10;
/** So many that a queue forms where it is measured, in the service, and not in front of it. */
const CONNECTIONS_MAX = 1_000;
/** Answers later than this make requests wait for a connection. Longer, and each is used so seldom that it is cut off. */
const CONNECTION_S = 0.4;

export async function startCourse({ slotline, flood, traffic }: CourseOptions): Promise<Course> {
  const before = await slotline.countDecided();
  let [sent, taken, unknown] = [0, 0, 0];
  return {
    send: async (perSecond, seconds) => {
      const requests = Math.max(REQUESTS_MIN, Math.ceil(perSecond * seconds));
      const connections = Math.min(CONNECTIONS_MAX, Math.ceil(perSecond * CONNECTION_S));
      const { address } = slotline;
      const result = await flood({ address, traffic, from: sent, connections, perSecond, requests });
      sent += requests;
      taken += result.answers[202]?.count ?? 0;
      // A connection that broke does not say what became of its request.
      unknown += result.answers[0]?.count ?? 0;
      return result;
    },
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

// One shape of traffic sent to one system by the clock, of which nothing is refused: how much of it waits for its
// decision is chosen load by load, and the numbers of the bookings go on.

import type { Answers, FloodResult } from '../load/flood.ts';
import type { SendFlood } from '../load/start-flood-generator.ts';
import type { Traffic } from '../load/traffic.ts';
import type { Slotline } from '../systems/start-slotline.ts';
import type { Course } from './flood-course.ts';

export interface KneeCourse extends Course {
  /**
   * From each intended POST of those that wait to its decision. Resolves when all is decided; throws when any of them
   * was answered without its decision, or any of the others refused.
   */
  wait(load: { perSecond: number; seconds: number; waitEvery: number }): Promise<Answers>;
}

const REQUESTS_MIN = 10;
/** Enough that a queue forms in the service, where it is measured, and not in front of it. */
const CONNECTIONS_MAX = 1_000;
/** Answers later than this make requests wait for a connection. */
const CONNECTION_S = 0.4;
/** A decision: made, or refused because the slot is taken. */
const DECIDED: ReadonlySet<number> = new Set([201, 409]);
const ACCEPTED = '202';

export interface KneeCourseOptions {
  readonly slotline: Slotline;
  readonly flood: SendFlood;
  readonly traffic: Traffic;
}

export async function openKneeCourse(options: KneeCourseOptions): Promise<KneeCourse> {
  const { slotline, flood, traffic } = options;
  const before = await slotline.countDecided();
  let [sent, taken] = [0, 0];
  const send = async (load: { perSecond: number; seconds: number; waitEvery?: number }) => {
    const { seconds, ...how } = load;
    const requests = Math.max(REQUESTS_MIN, Math.ceil(how.perSecond * seconds));
    const connections = Math.min(CONNECTIONS_MAX, Math.ceil(how.perSecond * CONNECTION_S));
    const { address } = slotline;
    const result = await flood({ address, traffic, from: sent, connections, requests, ...how });
    sent += requests;
    taken += (result.answers[Number(ACCEPTED)]?.count ?? 0) + (result.waited?.count ?? 0);
    return result;
  };
  const untilDecided = async () => {
    const startedAt = performance.now();
    await slotline.untilDecided(before + taken);
    return performance.now() - startedAt;
  };
  return {
    send: (perSecond, seconds) => send({ perSecond, seconds }),
    untilDecided,
    wait: async (load) => {
      const decided = decidedOf(await send(load));
      await untilDecided();
      return decided;
    },
  };
}

function decidedOf({ answers, waited }: FloodResult): Answers {
  const wrong = [
    ...Object.keys(answers).filter((status) => status !== ACCEPTED),
    ...(waited?.statuses.filter((status) => !DECIDED.has(status)) ?? []),
  ];
  if (wrong.length > 0 || waited === undefined) throw new Error(`it answered ${wrong.join(', ')}`);
  return waited;
}

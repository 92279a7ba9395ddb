// A system as busy as it can be: it gets as many requests as it decides in the time given, and the clock stops when the
// last of them is decided, so a backlog is no gain.

import type { SendLoad } from '../load/start-generator.ts';
import { standingOf, type Traffic } from '../load/traffic.ts';
import type { System } from '../systems/system.ts';

/** How a system is sent its requests. */
export interface How {
  readonly connections: number;
  /** With `Prefer: wait`, so that every answer is a decision. */
  readonly waitSeconds?: number;
}

/** Enough that a system waits for its disk with all the requests that one write to it can carry. */
const MANY: How = { connections: 256 };
const REQUESTS_MAX = 200_000;
/** Enough for every org of every shape to be known, and for the code to be compiled. */
const WARM_UP_REQUESTS_MAX = 4_000;
const WARM_UP_PER_SECOND = 2_000;
/** Refused because the slot is taken. */
const CONFLICT = 409;

export interface Saturation {
  readonly system: System;
  /** Before the figures count. */
  warmUp(traffic: Traffic, seconds: number, how?: How): Promise<void>;
  /** Decided/s, with as many requests as were decided in that time by the pass before. */
  pass(traffic: Traffic, seconds: number, how?: How): Promise<number>;
  /** Throws unless every booking without a conflict is booked: the rate of a system that loses bookings is worthless. */
  assertAllStand(): Promise<void>;
}

/** The system must be new, because whatever it was sent is counted here; and one traffic follows the other. */
export function saturate(send: SendLoad, system: System): Saturation {
  let [sent, perSecond] = [0, 0];
  const numbers = new Map<Traffic, { from: number; to: number }>();
  const sendSome = async (traffic: Traffic, requests: number, how: How) => {
    const startedAt = performance.now();
    const from = sent;
    const expected = how.waitSeconds === undefined ? system.expected : [201];
    const { sent: number } = await send({
      kind: 'closed',
      address: system.address,
      traffic,
      from,
      ...how,
      requestsMax: requests,
      expected: traffic.isPaired === true ? [...expected, CONFLICT] : expected,
    });
    sent += number;
    numbers.set(traffic, { from: numbers.get(traffic)?.from ?? from, to: sent });
    await system.untilDecided(sent);
    perSecond = (number * 1_000) / (performance.now() - startedAt);
  };
  const pass = async (traffic: Traffic, seconds: number, how = MANY) => {
    await sendSome(traffic, Math.min(REQUESTS_MAX, Math.ceil(perSecond * seconds)), how);
    return perSecond;
  };
  return {
    system,
    warmUp: async (traffic, seconds, how = MANY) => {
      await sendSome(traffic, Math.ceil(Math.min(WARM_UP_REQUESTS_MAX, seconds * WARM_UP_PER_SECOND)), how);
      // The first pass was too slow to estimate how many requests a round takes.
      await pass(traffic, seconds, how);
    },
    pass,
    assertAllStand: async () => {
      const standing = [...numbers].reduce((sum, [traffic, range]) => sum + standingOf(traffic, range), 0);
      const found = await system.countAppointments();
      if (found !== standing) throw new Error(`${system.name} has ${found} bookings where ${standing} stand`);
    },
  };
}

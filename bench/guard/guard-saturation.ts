// What protection costs below the overload limit, and what a booking costs at a few connections: by turns with the same
// service without protection, and with reference (d), which gives the same guarantees.

import { openLoopCourse, type LoopCourse, type LoopFound } from '../claims/saturation-closed.ts';
import { UNPROTECTED } from '../claims/saturation.ts';
import { startFloodGenerator, type SendFlood } from '../load/start-flood-generator.ts';
import { HOT_ORG } from '../load/traffic.ts';
import type { Stage } from '../stage/stage.ts';
import { startCpuClock, sumOf } from '../systems/cpu-times.ts';
import { startGuaranteed } from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import type { System } from '../systems/system.ts';
import type { GuardSection, Readings } from './guard.ts';
import { ratioByTurns, type Costing } from './ratio-by-turns.ts';

/** Of {@link TURN_SECONDS} each: long enough for a pool's rate, short enough that the machine is the same for both. */
const WARM_UP_TURNS = 2;
const TURNS = 8;
const TURN_SECONDS = 0.5;
const POOLS = [64, 256] as const;
const FEW = 8;

export const saturating: GuardSection = {
  name: 'pools of connections',
  measure: async (stage) => {
    const flood = await startFloodGenerator(stage);
    const open = async (name: string, environment: Readonly<Record<string, string>>) => {
      const slotline = await startSlotline(stage, { workers: 1, isBounded: true, environment });
      return openLoopCourse({ stage }, { slotline, flood, name });
    };
    const courses = { ours: await open('as shipped', {}), theirs: await open('unprotected', UNPROTECTED) };
    const readings: Record<string, number> = {};
    for (const connections of POOLS) Object.assign(readings, await measurePool(courses, connections));
    return readings;
  },
};

async function measurePool(
  courses: Readonly<Record<'ours' | 'theirs', LoopCourse>>,
  connections: number,
): Promise<Readings> {
  const refused: number[] = [];
  const send = (course: LoopCourse): Promise<LoopFound> =>
    course.send(HOT_ORG, { connections, isWaiting: true, seconds: TURN_SECONDS });
  const ours: Costing = async () => {
    const found = await send(courses.ours);
    refused.push(found.refused);
    return 1 / found.goodput;
  };
  const theirs: Costing = async () => 1 / (await send(courses.theirs)).goodput;
  await ratioByTurns({ from: 0, to: WARM_UP_TURNS }, { ours, theirs });
  const ratio = await ratioByTurns({ from: WARM_UP_TURNS, to: WARM_UP_TURNS + TURNS }, { ours, theirs });
  return {
    [`Time of a booking at ${connections} connections, against unprotected`]: ratio,
    [`% refused at ${connections} connections`]: Math.max(...refused),
  };
}

export const fewConnections: GuardSection = {
  name: 'bookings at few connections',
  measure: async (stage) => {
    const flood = await startFloodGenerator(stage);
    const slotline = await startSlotline(stage, { workers: 1, isBounded: true });
    const guaranteed = await startGuaranteed(stage);
    const costs = {
      ours: await costOf(stage, flood, slotline),
      theirs: await costOf(stage, flood, guaranteed),
    };
    await ratioByTurns({ from: 0, to: WARM_UP_TURNS }, costs);
    const ratio = await ratioByTurns({ from: WARM_UP_TURNS, to: WARM_UP_TURNS + TURNS }, costs);
    return { [`CPU of a booking at ${FEW} connections, against (d)`]: ratio };
  },
};

/** Microseconds of all processes but the generator's. */
async function costOf(stage: Stage, flood: SendFlood, system: System): Promise<Costing> {
  const clock = await startCpuClock(stage, system);
  let sent = 0;
  return async () => {
    await clock.lap();
    const loop = { connections: FEW, isWaiting: true, seconds: TURN_SECONDS };
    const result = await flood({ address: system.address, traffic: HOT_ORG, from: sent, ...loop });
    sent += result.sent;
    const statuses = Object.keys(result.answers).join(', ');
    if (statuses !== '201') throw new Error(`${system.name} answered ${statuses}`);
    return sumOf(await clock.lap()) / result.sent;
  };
}

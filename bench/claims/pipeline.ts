// The whole way from POST to decided, against what people write instead. Every system gets as many requests as
// it decides in the time given, and the clock stops when the last of them is decided, so a backlog is no gain.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import { HOT_ORG, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import { startOrgRowLock, startQueued, startSynchronous } from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import type { System } from '../systems/system.ts';
import { alternate } from './rounds.ts';

/** Enough that a system waits for its disk with all the requests that one write to it can carry. */
const CONNECTIONS = 256;
const REQUESTS_MAX = 200_000;
/** Enough for every org of every shape to be known, and for the code to be compiled. */
const WARM_UP_REQUESTS_MAX = 4_000;
const WARM_UP_PER_SECOND = 2_000;

const SHAPES: readonly { name: string; traffic: Traffic; goal: number }[] = [
  { name: 'hot org', traffic: HOT_ORG, goal: 5 },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS, goal: 3 },
];

export const pipeline: Benchmark = {
  name: 'pipeline',
  summary: 'decided/s from POST to decided, against (a) Express + pg, (b) a row lock, (c) a BullMQ job each',
  run: async (run) => {
    const [send, slotline, ...references] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
      startSynchronous(run.stage),
      startOrgRowLock(run.stage),
      startQueued(run.stage),
    ]);
    const courses = [slotline, ...references].map((system) => ({ system, sent: 0, perSecond: 0 }));
    const figures: Figure[] = [];
    for (const shape of SHAPES) {
      figures.push(...(await measureShape(run, { ...shape, send, slotline, references, courses })));
    }
    for (const course of courses) await assertAllStand(course);
    return figures;
  },
};

interface Shape {
  readonly name: string;
  readonly traffic: Traffic;
  readonly goal: number;
  readonly send: SendLoad;
  readonly slotline: System;
  readonly references: readonly System[];
  readonly courses: readonly Course[];
}

/** What one system was sent so far, and how fast it was the last time. */
interface Course {
  readonly system: System;
  sent: number;
  perSecond: number;
}

async function measureShape(run: BenchmarkRun, shape: Shape): Promise<readonly Figure[]> {
  const { name, goal, slotline, references, courses } = shape;
  const warmUp = Math.ceil(Math.min(WARM_UP_REQUESTS_MAX, run.seconds * WARM_UP_PER_SECOND));
  const asManyAsDecided = ({ perSecond }: Course) =>
    Math.min(REQUESTS_MAX, Math.ceil(perSecond * run.seconds));
  for (const course of courses) {
    await pass(shape, course, warmUp);
    // The first pass was too slow to tell how many a round takes.
    await pass(shape, course, asManyAsDecided(course));
  }
  const found = await alternate(courses, run.rounds, async (course, round) => {
    await pass(shape, course, asManyAsDecided(course));
    run.report(`${name}, round ${round}: ${course.system.name} ${Math.round(course.perSecond)} decided/s`);
    return course.perSecond;
  });
  const of = (system: System) => [...found].find(([course]) => course.system === system)?.[1] ?? [];
  return references.map((reference) => ({
    name: `pipeline, ${name}`,
    unit: 'decided/s',
    reference: reference.name,
    ours: of(slotline),
    theirs: of(reference),
    goal,
  }));
}

/** Sends so many and waits until they are decided; notes the rate. */
async function pass({ send, traffic }: Shape, course: Course, requests: number): Promise<void> {
  const { system } = course;
  const startedAt = performance.now();
  const { sent } = await send({
    kind: 'closed',
    address: system.address,
    traffic,
    from: course.sent,
    connections: CONNECTIONS,
    requestsMax: requests,
    expected: system.expected,
  });
  Object.assign(course, { sent: course.sent + sent });
  await system.untilDecided(course.sent);
  Object.assign(course, { perSecond: (sent * 1_000) / (performance.now() - startedAt) });
}

/** No booking of the traffic is in another's way: a system that lost one, or refused one, was fast for nothing. */
async function assertAllStand({ system, sent }: Course): Promise<void> {
  const standing = await system.countAppointments();
  if (standing !== sent) throw new Error(`${system.name} was sent ${sent} bookings and has ${standing}`);
}

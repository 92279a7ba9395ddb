// The whole way from POST to decided, against what people write instead, all of them as busy as they can be.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator } from '../load/start-generator.ts';
import { HALF_CONFLICTS, HOT_ORG, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import { startOrgRowLock, startQueued, startSynchronous } from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { alternate } from './rounds.ts';
import { saturate, type Saturation } from './saturate.ts';

const SHAPES: readonly Shape[] = [
  { name: 'hot org', traffic: HOT_ORG, goal: 5 },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS, goal: 3 },
  { name: 'hot org, half conflicts', traffic: HALF_CONFLICTS },
];

export const pipeline: Benchmark = {
  name: 'pipeline',
  summary: 'decided/s from POST to decided, against (a) Express + pg, (b) a row lock, (c) a BullMQ job each',
  run: async (run) => {
    const [send, ...systems] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
      startSynchronous(run.stage),
      startOrgRowLock(run.stage),
      startQueued(run.stage),
    ]);
    const courses = systems.map((system) => saturate(send, system));
    const figures: Figure[] = [];
    for (const shape of SHAPES) figures.push(...(await measureShape(run, shape, courses)));
    for (const course of courses) await course.assertAllStand();
    return figures;
  },
};

interface Shape {
  readonly name: string;
  readonly traffic: Traffic;
  readonly goal?: number;
}

/** The first course is Slotline's, the others are the references'. */
async function measureShape(
  run: BenchmarkRun,
  { name, traffic, goal }: Shape,
  courses: readonly Saturation[],
): Promise<readonly Figure[]> {
  for (const course of courses) await course.warmUp(traffic, run.seconds);
  const found = await alternate(courses, run.rounds, async (course, round) => {
    const perSecond = await course.pass(traffic, run.seconds);
    run.report(`${name}, round ${round}: ${course.system.name} ${Math.round(perSecond)} decided/s`);
    return perSecond;
  });
  const [ours = [], ...others] = courses.map((course) => found.get(course) ?? []);
  return others.map((theirs, at) => ({
    name: `pipeline, ${name}`,
    unit: 'decided/s',
    reference: courses[at + 1]?.system.name ?? '',
    ours,
    theirs,
    ...(goal === undefined ? {} : { goal }),
  }));
}

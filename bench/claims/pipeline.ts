// The whole way from POST to decided, against what people write instead, all of them as busy as they can be.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator } from '../load/start-generator.ts';
import { HALF_CONFLICTS, HOT_ORG, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import {
  startGuaranteed,
  startOrgRowLock,
  startQueued,
  startSynchronous,
} from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { alternate } from './rounds.ts';
import { saturate, type How, type Saturation } from './saturate.ts';

const SHAPES: readonly Shape[] = [
  { name: 'hot org', traffic: HOT_ORG, goals: [5, 5, 5] },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS, goals: [3, 3, 3] },
  { name: 'hot org, half conflicts', traffic: HALF_CONFLICTS, goals: [] },
];

/** Against (d), which gives as much as it takes: its clients wait for the decision, and so do ours. */
const WAITED: How = { connections: 64, waitSeconds: 10 };
const WAITED_SHAPES: readonly Shape[] = [
  { name: 'one org, 64 waited', traffic: { ...HOT_ORG, name: 'waited' }, goals: [3], how: WAITED },
  { name: '1,000 orgs, 64 waited', traffic: { ...THOUSAND_ORGS, name: 'waits' }, goals: [1.5], how: WAITED },
];

export const pipeline: Benchmark = {
  name: 'pipeline',
  summary:
    'decided/s from POST to decided, against (a) Express + pg, (b) a row lock, (c) a job each, (d) same guarantees',
  run: async (run) => {
    const [send, ...systems] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
      startSynchronous(run.stage),
      startOrgRowLock(run.stage),
      startQueued(run.stage),
      startGuaranteed(run.stage),
    ]);
    const courses = systems.map((system) => saturate(send, system));
    const figures: Figure[] = [];
    for (const shape of SHAPES) figures.push(...(await measureShape(run, shape, courses)));
    const pair = [...courses.slice(0, 1), ...courses.slice(-1)];
    for (const shape of WAITED_SHAPES) figures.push(...(await measureShape(run, shape, pair)));
    for (const course of courses) await course.assertAllStand();
    return figures;
  },
};

interface Shape {
  readonly name: string;
  readonly traffic: Traffic;
  /** In the order of the references. */
  readonly goals: readonly number[];
  readonly how?: How;
}

/** The first course is Slotline's, the others are the references'. */
async function measureShape(
  run: BenchmarkRun,
  { name, traffic, goals, how }: Shape,
  courses: readonly Saturation[],
): Promise<readonly Figure[]> {
  for (const course of courses) await course.warmUp(traffic, run.seconds, how);
  const found = await alternate(courses, run.rounds, async (course, round) => {
    const perSecond = await course.pass(traffic, run.seconds, how);
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
    ...(goals[at] === undefined ? {} : { goal: goals[at] }),
  }));
}

// Waiting for a decision well below what the pipeline can do: the load is raised in steps until decisions no longer keep
// up with it, and then offered at a third and at two thirds of that, by the clock. What a plain POST waits for its
// decision is known from the ninth of them that say `Prefer: wait` and stand in the same line; the others cost the
// system what they always do. With `Prefer: wait` all of them do.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import type { Answers } from '../load/flood.ts';
import { startFloodGenerator } from '../load/start-flood-generator.ts';
import { HALF_CONFLICTS, HOT_ORG, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { openKneeCourse, type KneeCourse } from './knee-course.ts';
import { findKnee } from './find-knee.ts';
import { alternate } from './rounds.ts';

const SHARES = [30, 70] as const;
const P99_MS_MAX = 100;
const WARM_UPS_PER_SECOND = [300, 1_500];
const STEP_SECONDS_MAX = 2;

const SHAPES: readonly Shape[] = [
  { name: 'hot org', traffic: HOT_ORG, hows: ['POST', 'Prefer: wait'] },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS, hows: ['POST', 'Prefer: wait'] },
  { name: 'half conflicts', traffic: HALF_CONFLICTS, hows: ['POST'] },
];

/** Every n-th request is answered when it is decided: by turns one of each org, and the first and second of pairs. */
const WAIT_EVERY = { POST: 9, 'Prefer: wait': 1 } as const;

interface Shape {
  readonly name: string;
  readonly traffic: Traffic;
  readonly hows: readonly (keyof typeof WAIT_EVERY)[];
}

interface Load {
  readonly how: keyof typeof WAIT_EVERY;
  /** Percent of the knee. */
  readonly share: (typeof SHARES)[number];
}

export const knee: Benchmark = {
  name: 'knee',
  summary: 'the load that is decided as it comes, and POST to decided at 30 % and 70 % of it, against 100 ms',
  run: (run) => measureKnees(run, SHAPES),
};

export async function measureKnees(run: BenchmarkRun, shapes: readonly Shape[]): Promise<readonly Figure[]> {
  const flood = await startFloodGenerator(run.stage);
  const slotline = await startSlotline(run.stage, { workers: 1 });
  const found: ShapeFound[] = [];
  for (const shape of shapes) {
    const course = await openKneeCourse({ slotline, flood, traffic: shape.traffic });
    found.push(await measureShape(run, shape, course));
  }
  const [first, ...others] = found;
  const knees = others.map(({ name, knee }): Figure => {
    const reference = `the knee, ${first?.name}`;
    return {
      name: `the knee, ${name}`,
      unit: 'decided/s',
      reference,
      ours: [knee],
      theirs: [first?.knee ?? 0],
    };
  });
  return [...knees, ...found.flatMap(({ waits }) => waits)];
}

interface ShapeFound {
  readonly name: string;
  /** Requests a second. */
  readonly knee: number;
  readonly waits: readonly Figure[];
}

async function measureShape(run: BenchmarkRun, shape: Shape, course: KneeCourse): Promise<ShapeFound> {
  const report = (line: string) => run.report(`${shape.name}: ${line}`);
  const seconds = Math.min(STEP_SECONDS_MAX, run.seconds);
  for (const perSecond of WARM_UPS_PER_SECOND) await course.send(perSecond, seconds);
  await course.untilDecided();
  const knee = await findKnee(course, { seconds, report });
  report(`the knee is at ${knee}/s`);
  const loads = shape.hows.flatMap((how) => SHARES.map((share): Load => ({ how, share })));
  const found = await alternate(loads, run.rounds, async ({ how, share }, round) => {
    const perSecond = (knee * share) / 100;
    const decided = await course.wait({ perSecond, seconds: run.seconds, waitEvery: WAIT_EVERY[how] });
    const words = `p50 ${decided.p50.toFixed(1)} ms, p99 ${decided.p99.toFixed(1)} ms`;
    report(`${how} at ${share} %, ${Math.round(perSecond)}/s, round ${round}: ${words} of ${decided.count}`);
    return decided;
  });
  const waits = loads.flatMap((load) => toFigures(shape.name, load, found.get(load) ?? []));
  return { name: shape.name, knee, waits };
}

function toFigures(shape: string, { how, share }: Load, found: readonly Answers[]): readonly Figure[] {
  const of = (key: 'p50' | 'p99') => ({
    name: `${how} to decided at ${share} % of the knee, ${shape}, ${key}`,
    unit: 'ms' as const,
    reference: '100 ms',
    ours: found.map((round) => round[key]),
    theirs: found.map(() => P99_MS_MAX),
  });
  return [of('p50'), share === 70 ? { ...of('p99'), goal: 1 } : of('p99')];
}

// Three times as much as the service can decide: what it answers, how fast, and whether it is itself again afterwards.
// Open loop throughout, so that nothing that waits is left out. The references are the goals, not another system.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import type { FloodResult } from '../load/flood.ts';
import { startFloodGenerator } from '../load/start-flood-generator.ts';
import { HOT_ORG, THOUSAND_ORGS } from '../load/traffic.ts';
import { startSlotline, type Slotline } from '../systems/start-slotline.ts';
import { REFUSALS, startCourse, type Course } from './overload-course.ts';
import { findKnee } from './overload-knee.ts';
import { measureFullMailbox } from './overload-mailbox.ts';
import { watchMemory, type MemoryCourse } from './overload-memory.ts';

/** How far over the knee. */
const OVERLOAD = 3;
/** A load that nobody feels, before and after. */
const QUIET_PER_SECOND = 200;
const QUIET_SECONDS = 5;
const WARM_UPS_PER_SECOND = [300, 1_500];
const STEP_SECONDS_MAX = 2;
const RECOVERY_MS_MAX = 30_000;
/** What an answer may be in an overload: taken, or come back later. */
const FINE = new Set([202, ...REFUSALS].map(String));

const ACCEPTED_P99_MS = 250;
const REFUSED_P99_MS = 50;
const SLOWEST_MS = 2_000;
const RECOVERY_MS = 10_000;

const SHAPES = [
  { name: 'hot org', traffic: HOT_ORG },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS },
] as const;

export const overload: Benchmark = {
  name: 'overload',
  summary: 'answers, memory and recovery at three times what can be decided, against the goals',
  run: async (run) => {
    const flood = await startFloodGenerator(run.stage);
    const slotline = await startSlotline(run.stage, { workers: 1, isBounded: true });
    const figures: Figure[] = [];
    for (const { name, traffic } of SHAPES) {
      const course = await startCourse({ slotline, flood, traffic });
      figures.push(...(await measureShape(run, { name, course, slotline })));
    }
    figures.push(...(await measureFullMailbox(run, flood)));
    return figures;
  },
};

interface Shape {
  readonly name: string;
  readonly course: Course;
  readonly slotline: Slotline;
}

async function measureShape(run: BenchmarkRun, shape: Shape): Promise<readonly Figure[]> {
  const report = (line: string) => run.report(`${shape.name}: ${line}`);
  const seconds = Math.min(STEP_SECONDS_MAX, run.seconds);
  for (const perSecond of WARM_UPS_PER_SECOND) await shape.course.send(perSecond, seconds);
  await shape.course.untilDecided();
  const knee = await findKnee(shape.course, { seconds, report });
  report(`the knee is at ${knee}/s`);
  const rounds: Round[] = [];
  for (let round = 1; round <= run.rounds; round++) {
    rounds.push(await measureRound(run, { ...shape, knee, report }));
  }
  return toFigures(shape.name, rounds);
}

interface Round {
  readonly knee: number;
  readonly acceptedPerSecond: number;
  readonly acceptedP99: number;
  readonly refusedP99: number;
  readonly slowest: number;
  readonly recoveryMs: number;
  readonly memory: readonly MemoryCourse[];
}

async function measureRound(
  run: BenchmarkRun,
  { course, slotline, knee, report }: Shape & { knee: number; report: (line: string) => void },
): Promise<Round> {
  const unloadedMs = await unloadedP99(course);
  const memory = await watchMemory(run.stage, slotline);
  const flooded = await course.send(knee * OVERLOAD, run.seconds);
  const recoveryMs = await untilQuiet(course, unloadedMs);
  const decidedMs = await course.untilDecided();
  await memory.read();
  memory.stop();
  describe(flooded).forEach(report);
  report(`p99 was back at ${unloadedMs.toFixed(1)} ms after ${recoveryMs.toFixed(0)} ms`);
  report(`all that was taken was decided ${decidedMs.toFixed(0)} ms after that`);
  for (const { name, readings } of memory.courses) report(describeMemory(name, readings));
  return { knee, recoveryMs, memory: memory.courses, ...summarize(flooded) };
}

/** The longest p99 of a second under a load that nobody feels: what it may be when all is well. */
async function unloadedP99(course: Course): Promise<number> {
  const p99s: number[] = [];
  for (let second = 0; second < QUIET_SECONDS; second++) p99s.push(await quietP99(course));
  const quiet = p99s.filter(Number.isFinite);
  if (quiet.length === 0) throw new Error(`it refuses some of ${QUIET_PER_SECOND}/s at any time`);
  return Math.max(...quiet);
}

async function quietP99(course: Course): Promise<number> {
  const { answers } = await course.send(QUIET_PER_SECOND, 1);
  // A second in which anything was refused is not quiet yet.
  return Object.keys(answers).length === 1 ? (answers[202]?.p99 ?? Infinity) : Infinity;
}

async function untilQuiet(course: Course, unloadedMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const secondAt = performance.now();
    if ((await quietP99(course)) <= unloadedMs) return secondAt - startedAt;
    if (performance.now() - startedAt > RECOVERY_MS_MAX) return performance.now() - startedAt;
  }
}

function summarize({ answers, elapsedMs }: FloodResult) {
  const wrong = Object.keys(answers).filter((status) => !FINE.has(status));
  if (wrong.length > 0) throw new Error(`in an overload it answered ${wrong.join(', ')}`);
  const accepted = answers[202];
  const refused = REFUSALS.map((status) => answers[status]).filter((one) => one !== undefined);
  return {
    acceptedPerSecond: ((accepted?.count ?? 0) * 1_000) / elapsedMs,
    acceptedP99: accepted?.p99 ?? 0,
    refusedP99: Math.max(0, ...refused.map(({ p99 }) => p99)),
    slowest: Math.max(...Object.values(answers).map(({ max }) => max)),
  };
}

function describe({ answers, elapsedMs, generatorBusy, generatorLateMs }: FloodResult): readonly string[] {
  const lines = Object.entries(answers).map(([status, { count, p50, p99, max }]) => {
    const perSecond = Math.round((count * 1_000) / elapsedMs);
    return `${status}: ${perSecond}/s, p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, at most ${max.toFixed(0)} ms`;
  });
  const busy = `generator ${Math.round(generatorBusy * 100)} % busy, sent at most ${generatorLateMs.toFixed(1)} ms late (p99)`;
  return [...lines, busy];
}

function describeMemory(name: string, readings: readonly number[]): string {
  const [before = 0, peak, after = 0] = [readings[0], Math.max(...readings), readings.at(-1)];
  return `${name}: ${before.toFixed(0)} MB before, at most ${peak.toFixed(0)}, ${after.toFixed(0)} after`;
}

function toFigures(shape: string, rounds: readonly Round[]): readonly Figure[] {
  const name = (what: string) => `overload, ${shape}, ${what}`;
  const inMs = (
    what: string,
    key: 'acceptedP99' | 'refusedP99' | 'slowest' | 'recoveryMs',
    goalMs: number,
  ) => ({
    name: name(what),
    unit: 'ms' as const,
    reference: 'goal',
    ours: rounds.map((round) => round[key]),
    theirs: rounds.map(() => goalMs),
    goal: 1,
  });
  return [
    {
      name: name('202'),
      unit: 'accepted/s',
      reference: 'knee',
      ours: rounds.map(({ acceptedPerSecond }) => acceptedPerSecond),
      theirs: rounds.map(({ knee }) => knee),
    },
    inMs('p99 of 202', 'acceptedP99', ACCEPTED_P99_MS),
    inMs('p99 of refusals', 'refusedP99', REFUSED_P99_MS),
    inMs('slowest answer', 'slowest', SLOWEST_MS),
    inMs('p99 back at unloaded', 'recoveryMs', RECOVERY_MS),
  ];
}

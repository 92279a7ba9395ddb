// Open loops: half as much to five times as much as the service can decide, from clients that honour `Retry-After` and
// from clients that ignore it. What it answers, how fast, and whether it is itself again afterwards.

import type { BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { REFUSALS, type FloodResult, type Retry } from '../load/flood.ts';
import type { SendFlood } from '../load/start-flood-generator.ts';
import { HOT_ORG, THOUSAND_ORGS } from '../load/traffic.ts';
import type { Slotline } from '../systems/start-slotline.ts';
import { startCourse, type LoopingCourse } from './flood-course.ts';
import { alternate } from './rounds.ts';
import { ACCEPTED_P99_MS, inMs, REFUSED_P99_MS, type Shape } from './saturation-closed.ts';
import { watchMemory, type MemoryCourse } from './watch-memory.ts';

/** Of the capacity: what a closed loop of {@link CAPACITY_CONNECTIONS} decides in the same round. */
const FACTORS: readonly number[] = [0.5, 1, 2, 3, 5];
const RETRIES: readonly Retry[] = ['honour', 'ignore'];
const WORDS = { honour: 'Retry-After honoured', ignore: 'Retry-After ignored' } as const;
const CAPACITY_CONNECTIONS = 256;
/** A load that is not felt, before and after: a tenth of the capacity, and at most this. */
const QUIET_PER_SECOND_MAX = 200;
const QUIET_SHARE = 0.1;
const QUIET_SECONDS = 3;
const RECOVERY_MS_MAX = 15_000;
/** What an answer may be in an overload: taken, or come back later. */
const FINE = new Set([202, ...REFUSALS].map(String));

const GOODPUT_GOAL = 0.9;
const RECOVERY_MS = 10_000;
const MEMORY_GOAL = 1.25;

const SHAPES: readonly Shape[] = [
  { name: 'one org', traffic: { ...HOT_ORG, name: 'open' } },
  { name: '1,000 orgs', traffic: { ...THOUSAND_ORGS, name: 'opens' } },
];

export async function measureOverload(
  run: BenchmarkRun,
  { slotline, flood }: { slotline: Slotline; flood: SendFlood },
  { shapes = SHAPES, factors = FACTORS } = {},
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { name, traffic } of shapes) {
    const course = await startCourse({ slotline, flood, traffic });
    const report = (line: string) => run.report(`${name}, open loop, ${line}`);
    figures.push(...toFigures(name, await measureRounds({ ...run, report }, { course, slotline, factors })));
  }
  return figures;
}

/** What is known of the service when nothing is too much. */
interface Calm {
  readonly capacity: number;
  readonly quietPerSecond: number;
  readonly quietP99: number;
}

interface Offer {
  readonly factor: number;
  readonly retry: Retry;
}

interface Found extends Offer {
  readonly capacity: number;
  readonly goodput: number;
  readonly acceptedP99: number;
  readonly refusedP99: number;
  readonly recoveryMs: number;
  /** Most megabytes of the API. */
  readonly memory: number;
}

async function measureRounds(
  run: BenchmarkRun,
  { course, slotline, factors }: { course: LoopingCourse; slotline: Slotline; factors: readonly number[] },
): Promise<readonly (readonly Found[])[]> {
  await measureCapacity(course, run.seconds); // compiles the code, and makes the orgs
  const offers = factors.flatMap((factor) => RETRIES.map((retry): Offer => ({ factor, retry })));
  const rounds: Found[][] = [];
  for (let round = 1; round <= run.rounds; round++) {
    const calm = await measureCalm(course, run.seconds);
    run.report(
      `round ${round}: capacity ${Math.round(calm.capacity)}/s, unloaded p99 ${calm.quietP99.toFixed(1)} ms`,
    );
    const found = await alternate(offers, 1, (offer) => measureOffer(run, { course, slotline, calm, offer }));
    rounds.push([...found.values()].flat());
  }
  return rounds;
}

async function measureCapacity(course: LoopingCourse, seconds: number): Promise<number> {
  const { answers, elapsedMs } = await course.loop(CAPACITY_CONNECTIONS, seconds);
  return ((answers[202]?.count ?? 0) * 1_000) / (elapsedMs + (await course.untilDecided()));
}

/** The unloaded p99 is the longest of some seconds: what it may be when all is well. */
async function measureCalm(course: LoopingCourse, seconds: number): Promise<Calm> {
  const capacity = await measureCapacity(course, seconds);
  const quietPerSecond = Math.min(QUIET_PER_SECOND_MAX, capacity * QUIET_SHARE);
  const p99s: number[] = [];
  for (let second = 0; second < QUIET_SECONDS; second++) p99s.push(await quietP99Of(course, quietPerSecond));
  return { capacity, quietPerSecond, quietP99: Math.max(...p99s) };
}

async function quietP99Of(course: LoopingCourse, perSecond: number): Promise<number> {
  const { answers } = await course.send(perSecond, 1);
  // A second in which anything was refused is not quiet yet.
  return Object.keys(answers).length === 1 ? (answers[202]?.p99 ?? Infinity) : Infinity;
}

interface OfferCourse {
  readonly course: LoopingCourse;
  readonly slotline: Slotline;
  readonly calm: Calm;
  readonly offer: Offer;
}

async function measureOffer(
  run: BenchmarkRun,
  { course, slotline, calm, offer }: OfferCourse,
): Promise<Found> {
  const memory = await watchMemory(run.stage, slotline);
  const result = await course.send(calm.capacity * offer.factor, run.seconds, offer.retry);
  const endedAt = performance.now();
  const decidedMs = await course.untilDecided();
  const recoveryMs = await untilQuiet(course, calm, endedAt);
  await course.untilDecided();
  await memory.read();
  memory.stop();
  const goodput = ((result.answers[202]?.count ?? 0) * 1_000) / (result.elapsedMs + decidedMs);
  const words = [
    `${Math.round(goodput)} decided/s`,
    ...describe(result),
    ...memory.courses.map(describeMemory),
  ];
  run.report(`${offer.factor} times the capacity, ${WORDS[offer.retry]}: ${words.join('; ')}`);
  run.report(
    `all decided ${decidedMs.toFixed(0)} ms after the last answer, as unloaded after ${recoveryMs.toFixed(0)} ms`,
  );
  const [{ readings } = { readings: [0] }] = memory.courses;
  return {
    ...offer,
    capacity: calm.capacity,
    goodput,
    recoveryMs,
    memory: Math.max(...readings),
    ...slowestOf(result),
  };
}

async function untilQuiet(
  course: LoopingCourse,
  { quietPerSecond, quietP99 }: Calm,
  endedAt: number,
): Promise<number> {
  for (;;) {
    const elapsedMs = performance.now() - endedAt;
    if (elapsedMs > RECOVERY_MS_MAX || (await quietP99Of(course, quietPerSecond)) <= quietP99)
      return elapsedMs;
  }
}

function slowestOf({ answers }: FloodResult) {
  const wrong = Object.keys(answers).filter((status) => !FINE.has(status));
  if (wrong.length > 0) throw new Error(`in an overload it answered ${wrong.join(', ')}`);
  return {
    acceptedP99: answers[202]?.p99 ?? 0,
    refusedP99: Math.max(0, ...REFUSALS.map((status) => answers[status]?.p99 ?? 0)),
  };
}

function describe({ answers, elapsedMs, generatorBusy, generatorLateMs }: FloodResult): readonly string[] {
  const kinds = Object.entries(answers).map(([status, { count, p99, max }]) => {
    const perSecond = Math.round((count * 1_000) / elapsedMs);
    return `${status} ${perSecond}/s, p99 ${p99.toFixed(1)}, at most ${max.toFixed(0)} ms`;
  });
  const load = `load ${Math.round(generatorBusy * 100)} % busy, ${generatorLateMs.toFixed(1)} ms late (p99)`;
  return [...kinds, load];
}

function describeMemory({ name, readings }: MemoryCourse): string {
  return `${name} ${readings[0]?.toFixed(0)} MB, at most ${Math.max(...readings).toFixed(0)}`;
}

/** Of the clients that honour `Retry-After` and those that do not, the worse counts. */
function toFigures(shape: string, rounds: readonly (readonly Found[])[]): readonly Figure[] {
  const worst = (factor: number, of: (found: Found) => number) =>
    rounds.map((round) => Math.max(...round.filter((found) => found.factor === factor).map(of)));
  const goodput = (factor: number, retry: Retry): Figure => {
    const found = rounds.flatMap((round) =>
      round.filter((one) => one.factor === factor && one.retry === retry),
    );
    return {
      name: `${shape}, ${factor} times the capacity, ${WORDS[retry]}`,
      unit: 'decided/s',
      reference: 'capacity',
      ours: found.map(({ goodput }) => goodput),
      theirs: found.map(({ capacity }) => capacity),
      goal: GOODPUT_GOAL,
    };
  };
  const ofFactor = (factor: number): readonly Figure[] => {
    const name = `${shape}, ${factor} times the capacity`;
    return [
      ...RETRIES.map((retry) => goodput(factor, retry)),
      inMs(
        `${name}, p99 of 202`,
        worst(factor, ({ acceptedP99 }) => acceptedP99),
        ACCEPTED_P99_MS,
      ),
      inMs(
        `${name}, p99 of refusals`,
        worst(factor, ({ refusedP99 }) => refusedP99),
        REFUSED_P99_MS,
      ),
      inMs(
        `${name}, p99 back at unloaded`,
        worst(factor, ({ recoveryMs }) => recoveryMs),
        RECOVERY_MS,
      ),
    ];
  };
  const over = [...new Set(rounds.flat().map(({ factor }) => factor))].filter((factor) => factor > 1);
  return [...over.toSorted((a, b) => a - b).flatMap(ofFactor), toMemory(shape, rounds)];
}

function toMemory(shape: string, rounds: readonly (readonly Found[])[]): Figure {
  const most = (isMeant: (found: Found) => boolean) =>
    rounds.map((round) => Math.max(...round.filter(isMeant).map(({ memory }) => memory)));
  return {
    name: `${shape}, API in an overload, at most`,
    unit: 'MB',
    reference: 'up to the capacity',
    ours: most(({ factor }) => factor > 1),
    theirs: most(({ factor }) => factor <= 1),
    goal: MEMORY_GOAL,
  };
}

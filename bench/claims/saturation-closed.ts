// Closed loops: what the service does for a fixed number of clients, each with one booking under way, with its protection
// as shipped and without it. A refused booking is no goodput, and is sent again at once.

import type { BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { REFUSALS, type Answers, type FloodResult } from '../load/flood.ts';
import type { SendFlood } from '../load/start-flood-generator.ts';
import { HOT_ORG, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import { startCpuClock, sumOf, type CpuTimes } from '../systems/cpu-times.ts';
import type { Slotline } from '../systems/start-slotline.ts';
import { alternate } from './rounds.ts';

/** Pools of clients: with these nothing may be refused. */
const POOLS = [8, 64, 256] as const;
const CONNECTIONS = [1, ...POOLS, 1_000] as const;
const KINDS = ['POST', 'Prefer: wait'] as const;
const SHAPES: readonly Shape[] = [
  { name: 'one org', traffic: HOT_ORG },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS },
];
const WARM_UP_CONNECTIONS = 64;

const GOODPUT_GOAL = 0.97;
/** Where more clients come at once than can be served in time, against the pool that the service serves best. */
const CROWD = 1_000;
const CROWD_GOAL = 0.9;
export const ACCEPTED_P99_MS = 500;
export const REFUSED_P99_MS = 100;

export interface Shape {
  readonly name: string;
  readonly traffic: Traffic;
}

export interface Loops {
  readonly shipped: LoopCourse;
  readonly unprotected: LoopCourse;
}

/** One system under loops; the numbers of its bookings go on from loop to loop. */
export interface LoopCourse {
  readonly name: string;
  /** Resolves when all that was taken is decided. */
  send(
    traffic: Traffic,
    loop: { connections: number; isWaiting: boolean; seconds: number },
  ): Promise<LoopFound>;
}

export interface LoopFound {
  /** Bookings that were taken and decided, for each second until the last of them was. */
  readonly goodput: number;
  /** Percent of the answers. */
  readonly refused: number;
  readonly accepted: Answers;
  readonly refusedP99: number;
  /** Microseconds a booking; the generator's included. */
  readonly cpu: CpuTimes;
}

export async function openLoopCourse(
  { stage }: Pick<BenchmarkRun, 'stage'>,
  { slotline, flood, name }: { slotline: Slotline; flood: SendFlood; name: string },
): Promise<LoopCourse> {
  const sent = new Map<Traffic, number>();
  const clock = await startCpuClock(stage, slotline);
  return {
    name,
    send: async (traffic, loop) => {
      const before = await slotline.countDecided();
      await clock.lap();
      const from = sent.get(traffic) ?? 0;
      const result = await flood({ address: slotline.address, traffic, from, ...loop });
      sent.set(traffic, from + result.sent);
      const taken = (result.answers[201]?.count ?? 0) + (result.answers[202]?.count ?? 0);
      const answeredAt = performance.now();
      await slotline.untilDecided(before + taken);
      const elapsedMs = result.elapsedMs + performance.now() - answeredAt;
      const load = result.generatorBusy * result.elapsedMs * 1_000;
      const cpu = Object.entries({ ...(await clock.lap()), load }).map(([of, time]) => [of, time / taken]);
      return {
        goodput: (taken * 1_000) / elapsedMs,
        cpu: Object.fromEntries(cpu) as CpuTimes,
        ...describeAnswers(result, loop.isWaiting ? 201 : 202),
      };
    },
  };
}

function describeAnswers({ answers }: FloodResult, success: number) {
  const all = Object.values(answers).reduce((sum, { count }) => sum + count, 0);
  const accepted = answers[success] ?? { count: 0, p50: 0, p99: 0, max: 0 };
  const refusals = REFUSALS.map((status) => answers[status]?.p99 ?? 0);
  return { accepted, refused: 100 * (1 - accepted.count / all), refusedP99: Math.max(...refusals) };
}

export async function measureLoops(
  run: BenchmarkRun,
  loops: Loops,
  shapes = SHAPES,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { name, traffic } of shapes) {
    for (const kind of KINDS) {
      const isWaiting = kind === 'Prefer: wait';
      for (const course of [loops.shipped, loops.unprotected]) {
        await course.send(traffic, { connections: WARM_UP_CONNECTIONS, isWaiting, seconds: run.seconds });
      }
      const found = new Map<number, Pair>();
      for (const connections of CONNECTIONS) {
        const report = (line: string) => run.report(`${name}, ${kind}, ${connections} connections, ${line}`);
        found.set(
          connections,
          await measurePair({ ...run, report }, loops, { traffic, isWaiting, connections }),
        );
      }
      figures.push(...toFigures(`${name}, ${kind}`, found));
    }
  }
  return figures;
}

/** Round by round. */
interface Pair {
  readonly ours: readonly LoopFound[];
  readonly theirs: readonly LoopFound[];
}

async function measurePair(
  run: BenchmarkRun,
  { shipped, unprotected }: Loops,
  { traffic, ...loop }: { traffic: Traffic; isWaiting: boolean; connections: number },
): Promise<Pair> {
  const found = await alternate([shipped, unprotected], run.rounds, async (course, round) => {
    const one = await course.send(traffic, { ...loop, seconds: run.seconds });
    run.report(`round ${round}: ${course.name}, ${toWords(one)}`);
    return one;
  });
  return { ours: found.get(shipped) ?? [], theirs: found.get(unprotected) ?? [] };
}

function toWords({ goodput, refused, accepted, cpu }: LoopFound): string {
  const each = Object.entries(cpu).map(([name, time]) => `${name} ${Math.round(time)}`);
  return [
    `${Math.round(goodput)}/s`,
    `${refused.toFixed(1)} % refused`,
    `p50 ${accepted.p50.toFixed(1)} ms, p99 ${accepted.p99.toFixed(1)} ms`,
    `µs CPU ${each.join(', ')}`,
  ].join(', ');
}

function toFigures(shape: string, found: ReadonlyMap<number, Pair>): readonly Figure[] {
  const of = (connections: number) => found.get(connections) ?? { ours: [], theirs: [] };
  const goodput = (connections: number, goal?: number, best = connections): Figure => ({
    name: `${shape}, ${connections} connections`,
    unit: 'decided/s',
    reference: best === connections ? 'unprotected' : `unprotected, ${best}`,
    ours: of(connections).ours.map(({ goodput }) => goodput),
    theirs: of(best).theirs.map(({ goodput }) => goodput),
    ...(goal === undefined ? {} : { goal }),
  });
  const crowd = of(CROWD).ours;
  return [
    goodput(1),
    ...POOLS.map((connections) => goodput(connections, GOODPUT_GOAL)),
    goodput(CROWD, CROWD_GOAL, POOLS.at(-1)),
    toRefused(
      shape,
      POOLS.map((connections) => of(connections).ours),
    ),
    inMs(
      `${shape}, ${CROWD} connections, p99 of what is taken`,
      crowd.map(({ accepted }) => accepted.p99),
      ACCEPTED_P99_MS,
    ),
    inMs(
      `${shape}, ${CROWD} connections, p99 of refusals`,
      crowd.map(({ refusedP99 }) => refusedP99),
      REFUSED_P99_MS,
    ),
    toCpu(shape, of(POOLS[0])),
  ];
}

function toRefused(shape: string, found: readonly (readonly LoopFound[])[]): Figure {
  const [first = []] = found;
  const ours = first.map((_, round) => Math.max(...found.map((rounds) => rounds[round]?.refused ?? 0)));
  return {
    name: `${shape}, refused of ${POOLS.join(', ')} connections`,
    unit: '% refused',
    reference: 'all of them',
    ours,
    theirs: ours.map(() => 100),
    goal: 0,
  };
}

function toCpu(shape: string, { ours, theirs }: Pair): Figure {
  // What sends the load is no part of the service.
  const cpuOf = ({ cpu: { load: _, ...cpu } }: LoopFound) => sumOf(cpu);
  return {
    name: `${shape}, ${POOLS[0]} connections, all processes`,
    unit: 'µs CPU/request',
    reference: 'unprotected',
    ours: ours.map(cpuOf),
    theirs: theirs.map(cpuOf),
  };
}

/** Against a goal, and no other system. */
export function inMs(name: string, ours: readonly number[], goalMs: number): Figure {
  return { name, unit: 'ms', reference: 'goal', ours, theirs: ours.map(() => goalMs), goal: 1 };
}

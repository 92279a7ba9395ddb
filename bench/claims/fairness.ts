// What a flood of one org costs the others: their wait from POST to decided, alone and beside an org that sends a
// hundred times as much as each of them, all of them together half of what the service decides. Open loops throughout.

import { setTimeout as sleep } from 'node:timers/promises';

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { percentile } from '../figures/middle.ts';
import type { Figure } from '../figures/figure.ts';
import type { Load } from '../load/load.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import type { Traffic } from '../load/traffic.ts';
import { startSlotline, type Slotline } from '../systems/start-slotline.ts';
import { alternate } from './rounds.ts';

const FLOOD: Traffic = { name: 'flood', orgs: 1, resourcesPerOrg: 10 };
const SHAPES: readonly { name: string; traffic: Traffic }[] = [
  { name: '1 org', traffic: { name: 'small', orgs: 1, resourcesPerOrg: 10 } },
  { name: '50 orgs', traffic: { name: 'fifty', orgs: 50, resourcesPerOrg: 10 } },
];
/** How much the flooding org sends for one request of another. */
const TIMES = 100;
const CAPACITY_SHARE = 0.5;
const CONNECTIONS = 256;
/** Of the orgs other than the flooding one, while the capacity is measured: in proportion at 50 orgs. */
const OTHERS_CONNECTIONS = 128;
const WARM_UP_REQUESTS = 4_000;
const REQUESTS_MAX = 200_000;
/** So that even one org's p99 is not its worst. */
const SECONDS_FACTOR = 5;
/** The flood begins earlier and ends later than what is measured. */
const AROUND_SECONDS = 0.3;
const WAIT_SECONDS = 10;

const RATIO_GOAL = 3;
const P99_MS_MAX = 100;

export const fairness: Benchmark = {
  name: 'fairness',
  summary: `POST to decided of 1 and of 50 orgs while another one sends ${TIMES} times as much, against alone`,
  run: async (run) => {
    const [flood, send, slotline] = await Promise.all([
      startGenerator(run.stage),
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
    ]);
    const course = createCourse({ flood, send, slotline });
    const figures: Figure[] = [];
    for (const shape of SHAPES) figures.push(...(await measureShape(run, course, shape)));
    return figures;
  },
};

interface Course {
  /** Decided/s of the traffic and the flood together, in their proportion, as fast as it goes. */
  capacity(traffic: Traffic, requests: number): Promise<number>;
  /** Milliseconds from each intended POST of the traffic to its decision, beside a flood of `rates.flood` a second. */
  wait(traffic: Traffic, rates: { own: number; flood: number; seconds: number }): Promise<readonly number[]>;
}

function createCourse(parts: { flood: SendLoad; send: SendLoad; slotline: Slotline }): Course {
  const { flood, send, slotline } = parts;
  const sent = new Map<Traffic, number>();
  const target = (traffic: Traffic) => ({
    address: slotline.address,
    traffic,
    from: sent.get(traffic) ?? 0,
    connections: CONNECTIONS,
  });
  const pass = async (by: SendLoad, load: Load) => {
    sent.set(load.traffic, load.from + (load.kind === 'open' ? load.requests : load.requestsMax));
    return by(load);
  };
  const untilDecided = () => slotline.untilDecided([...sent.values()].reduce((sum, count) => sum + count, 0));
  return {
    capacity: async (traffic, requests) => {
      const own = Math.ceil((requests * traffic.orgs) / (TIMES + traffic.orgs));
      const closed = { kind: 'closed' as const, expected: [202] };
      const startedAt = performance.now();
      await Promise.all([
        pass(flood, { ...closed, ...target(FLOOD), requestsMax: requests - own }),
        pass(send, { ...closed, ...target(traffic), connections: OTHERS_CONNECTIONS, requestsMax: own }),
      ]);
      await untilDecided();
      return (requests * 1_000) / (performance.now() - startedAt);
    },
    wait: async (traffic, rates) => {
      const open = (perSecond: number, seconds: number) => ({
        kind: 'open' as const,
        perSecond,
        requests: Math.max(10, Math.ceil(perSecond * seconds)),
      });
      const load = open(rates.flood, rates.seconds + 2 * AROUND_SECONDS);
      const flooding =
        rates.flood > 0 ? pass(flood, { ...target(FLOOD), ...load, expected: [202] }) : undefined;
      await sleep(AROUND_SECONDS * 1_000);
      const own = { ...target(traffic), ...open(rates.own, rates.seconds), waitSeconds: WAIT_SECONDS };
      const { latenciesMs } = await pass(send, { ...own, expected: [201] });
      await flooding;
      await untilDecided();
      return latenciesMs;
    },
  };
}

async function measureShape(
  run: BenchmarkRun,
  course: Course,
  { name, traffic }: { name: string; traffic: Traffic },
): Promise<readonly Figure[]> {
  await course.capacity(traffic, WARM_UP_REQUESTS);
  const tried = await course.capacity(traffic, WARM_UP_REQUESTS);
  const capacity = await course.capacity(traffic, Math.min(REQUESTS_MAX, Math.ceil(tried * run.seconds)));
  run.report(`${name}: capacity ${Math.round(capacity)} decided/s`);
  const each = (capacity * CAPACITY_SHARE) / (TIMES + traffic.orgs);
  const own = each * traffic.orgs;
  const seconds = run.seconds * SECONDS_FACTOR;
  await course.wait(traffic, { own, flood: each * TIMES, seconds: run.seconds });
  const found = await alternate(['alone', 'beside a flood'], run.rounds, async (how, round) => {
    const flood = how === 'alone' ? 0 : each * TIMES;
    const latencies = await course.wait(traffic, { own, flood, seconds });
    const [p50, p99] = [percentile(latencies, 50), percentile(latencies, 99)];
    const rates = `${own.toFixed(0)} + ${flood.toFixed(0)}/s`;
    run.report(
      `${name}, round ${round}: ${how}, ${rates}, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    );
    return { p50, p99 };
  });
  const of = (how: string, key: 'p50' | 'p99') => found.get(how)?.map((round) => round[key]) ?? [];
  const figure = (key: 'p50' | 'p99') => ({
    name: `${name} beside a flood, POST to decided, ${key}`,
    unit: 'ms' as const,
    reference: 'alone',
    ours: of('beside a flood', key),
    theirs: of('alone', key),
  });
  const p99 = figure('p99');
  return [
    figure('p50'),
    { ...p99, goal: RATIO_GOAL },
    { ...p99, reference: 'the goal itself', theirs: p99.ours.map(() => P99_MS_MAX), goal: 1 },
  ];
}

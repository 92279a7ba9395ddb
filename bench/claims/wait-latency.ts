// What a client waits for its decision when there is little to do: a queue must not be felt. Open loop, from the
// intended start of every request, so a pause of the system counts for all the requests that fall into it.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { percentile } from '../figures/middle.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import { HOT_ORG, type Traffic } from '../load/traffic.ts';
import { startGuaranteed, startSynchronous } from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import type { System } from '../systems/system.ts';
import { alternate } from './rounds.ts';
import { saturate } from './saturate.ts';

/** Share of the most that Slotline decides for one org. The reference gets as many requests, whatever its own maximum. */
const LOAD_SHARE = 0.1;
/** Beside it, because a share moves with what it is a share of. */
const FEW_PER_SECOND = 50;
/** So that a round has hundreds of requests, and its p99 is not its worst. */
const SECONDS_FACTOR = 2;
const WARM_UP_PER_SECOND = 500;
const WAIT_SECONDS = 10;
/** More than are ever in flight: no request waits for a connection. */
const CONNECTIONS = 128;
/** Of p50, to (a) at 10 % load, and to (d) at both. */
const GOAL = 1.5;
const GUARANTEED_GOAL = 2;

/** Not the org with which the maximum is measured. */
const CALM_ORG: Traffic = { ...HOT_ORG, name: 'calm' };

export const waitLatency: Benchmark = {
  name: 'wait-latency',
  summary: `POST to decided with Prefer: wait at 10 % load and at ${FEW_PER_SECOND}/s, p50 and p99, against (a) and (d)`,
  run: async (run) => {
    const [send, slotline, synchronous, guaranteed] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
      startSynchronous(run.stage),
      startGuaranteed(run.stage),
    ]);
    const capacity = saturate(send, slotline);
    await capacity.warmUp(HOT_ORG, run.seconds);
    const perSecond = await capacity.pass(HOT_ORG, run.seconds);
    run.report(`${slotline.name} decides ${Math.round(perSecond)}/s`);
    const wait = createWait(send);
    const systems = [slotline, synchronous, guaranteed];
    for (const system of systems) await wait(system, WARM_UP_PER_SECOND, run.seconds);
    const shares = { name: '10 % load', perSecond: perSecond * LOAD_SHARE, goals: [GOAL, GUARANTEED_GOAL] };
    const few = {
      name: `${FEW_PER_SECOND}/s`,
      perSecond: FEW_PER_SECOND,
      goals: [undefined, GUARANTEED_GOAL],
    };
    return [
      ...(await measureAt(run, wait, { ...shares, systems })),
      ...(await measureAt(run, wait, { ...few, systems })),
    ];
  },
};

/** Milliseconds from each intended POST to its decision. */
type Wait = (system: System, perSecond: number, seconds: number) => Promise<readonly number[]>;

interface Course {
  readonly name: string;
  readonly perSecond: number;
  /** Slotline, then the references. */
  readonly systems: readonly System[];
  /** Of p50, in the order of the references. */
  readonly goals: readonly (number | undefined)[];
}

async function measureAt(
  run: BenchmarkRun,
  wait: Wait,
  { name, perSecond, systems, goals }: Course,
): Promise<readonly Figure[]> {
  const found = await alternate(systems, run.rounds, async (system, round) => {
    const latencies = await wait(system, perSecond, run.seconds * SECONDS_FACTOR);
    const [p50, p99] = [percentile(latencies, 50), percentile(latencies, 99)];
    const words = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
    run.report(`${Math.round(perSecond)}/s, round ${round}: ${system.name} ${words}`);
    return { p50, p99 };
  });
  const [slotline, ...references] = systems;
  const of = (system: System | undefined, key: 'p50' | 'p99') =>
    [...found].flatMap(([one, rounds]) => (one === system ? rounds.map((round) => round[key]) : []));
  const figure = (reference: System, key: 'p50' | 'p99') => ({
    name: `POST to decided, ${name}, ${key}`,
    unit: 'ms' as const,
    reference: reference.name,
    ours: of(slotline, key),
    theirs: of(reference, key),
  });
  return references.flatMap((reference, at) => {
    const [p50, goal] = [figure(reference, 'p50'), goals[at]];
    return [goal === undefined ? p50 : { ...p50, goal }, figure(reference, 'p99')];
  });
}

function createWait(send: SendLoad): Wait {
  const sent = new Map<System, number>();
  return async (system, perSecond, seconds) => {
    const from = sent.get(system) ?? 0;
    const result = await send({
      kind: 'open',
      address: system.address,
      traffic: CALM_ORG,
      from,
      connections: CONNECTIONS,
      perSecond,
      requests: Math.max(10, Math.ceil(perSecond * seconds)),
      waitSeconds: WAIT_SECONDS,
      // A 202 is no decision, so here it is a failure.
      expected: [201],
    });
    sent.set(system, from + result.sent);
    return result.latenciesMs;
  };
}

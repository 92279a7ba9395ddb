// Accepting against the least that Express can do: a request is read, validated, put on disk in Redis and
// answered, where the reference gives the body back. No worker runs, so nothing else is in the figure.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import { HOT_ORG, HUNDRED_THOUSAND_ORGS, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import { cpuMicrosecondsOf } from '../stage/cpu-time.ts';
import { startBareExpress } from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { alternate } from './rounds.ts';

/** Enough that a system waits for its disk with all the requests that one write to it can carry. */
const CONNECTIONS = 256;
/** Of all rounds of all shapes: no worker decides them, so they stay in Redis, which has a gigabyte. */
const ACCEPTED_MAX = 600_000;
const WARM_UP_SECONDS_MAX = 3;

const SHAPES: readonly { name: string; traffic: Traffic; goal?: number }[] = [
  { name: 'hot org', traffic: HOT_ORG, goal: 0.75 },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS, goal: 0.6 },
  // Nearly every booking is the first of an empty mailbox, and so comes with a call for a worker.
  { name: '100,000 orgs', traffic: HUNDRED_THOUSAND_ORGS },
];

export const accept: Benchmark = {
  name: 'accept',
  summary: 'accepted/s and CPU a request of POST without workers, against an Express echo',
  run: async (run) => {
    const [send, server, api] = await Promise.all([
      startGenerator(run.stage),
      startBareExpress(run.stage),
      startSlotline(run.stage, { workers: 0 }),
    ]);
    const echo = { name: 'Express echo', server, sent: 0 };
    const slotline = { name: api.name, server: api.server, sent: 0 };
    const figures: Figure[] = [];
    for (const shape of SHAPES)
      figures.push(...(await measureShape(run, { ...shape, send, echo, slotline })));
    return figures;
  },
};

interface Answering {
  readonly name: string;
  readonly server: { readonly pid: number; readonly address: string };
  sent: number;
}

interface Shape {
  readonly name: string;
  readonly traffic: Traffic;
  readonly goal?: number;
  readonly send: SendLoad;
  readonly echo: Answering;
  readonly slotline: Answering;
}

async function measureShape(run: BenchmarkRun, shape: Shape): Promise<readonly Figure[]> {
  const { name, goal, echo, slotline } = shape;
  const reaching = goal === undefined ? {} : { goal };
  const systems = [slotline, echo];
  for (const system of systems) await load(run, shape, system, Math.min(WARM_UP_SECONDS_MAX, run.seconds));
  const found = await alternate(systems, run.rounds, async (system, round) => {
    const cpuBefore = await cpuMicrosecondsOf(system.server.pid);
    const { sent, elapsedMs, generatorBusy } = await load(run, shape, system, run.seconds);
    const cpu = ((await cpuMicrosecondsOf(system.server.pid)) - cpuBefore) / sent;
    const rate = (sent * 1_000) / elapsedMs;
    const busy = `generator ${Math.round(generatorBusy * 100)} % busy`;
    run.report(
      `${name}, round ${round}: ${system.name} ${Math.round(rate)}/s, ${Math.round(cpu)} µs, ${busy}`,
    );
    return { rate, cpu };
  });
  const of = (key: 'rate' | 'cpu') => ({
    reference: echo.name,
    ours: found.get(slotline)?.map((round) => round[key]) ?? [],
    theirs: found.get(echo)?.map((round) => round[key]) ?? [],
  });
  return [
    { name: `accept, ${name}`, unit: 'accepted/s', ...reaching, ...of('rate') },
    { name: `accept, ${name}`, unit: 'µs CPU/request', ...of('cpu') },
  ];
}

async function load(run: BenchmarkRun, { send, traffic }: Shape, system: Answering, seconds: number) {
  const result = await send({
    kind: 'closed',
    address: system.server.address,
    traffic,
    from: system.sent,
    connections: CONNECTIONS,
    seconds,
    requestsMax: Math.floor(ACCEPTED_MAX / SHAPES.length / (run.rounds + 1)),
    expected: [202],
  });
  Object.assign(system, { sent: system.sent + result.sent });
  return result;
}

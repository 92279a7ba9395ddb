// What a client waits for its decision when there is little to do: a queue must not be felt. Open loop, from the
// intended start of every request, so a pause of the system counts for all the requests that fall into it.

import type { Benchmark } from '../benchmark.ts';
import { percentile } from '../figures/middle.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import { HOT_ORG } from '../load/traffic.ts';
import { startSynchronous } from '../systems/start-references.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import type { System } from '../systems/system.ts';
import { alternate } from './rounds.ts';

const PER_SECOND = 50;
/** So that a round has hundreds of requests, and its p99 is not its worst. */
const SECONDS_FACTOR = 2;
const WARM_UP_PER_SECOND = 500;
const WAIT_SECONDS = 10;
/** More than are ever in flight: no request waits for a connection. */
const CONNECTIONS = 32;

export const waitLatency: Benchmark = {
  name: 'wait-latency',
  summary: `POST to decided with Prefer: wait at ${PER_SECOND}/s, p50 and p99, against (a)`,
  run: async (run) => {
    const [send, slotline, synchronous] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
      startSynchronous(run.stage),
    ]);
    const sent = new Map<System, number>();
    const wait = (system: System, perSecond: number, seconds: number) =>
      load(send, system, { sent, perSecond, seconds });
    for (const system of [slotline, synchronous]) await wait(system, WARM_UP_PER_SECOND, run.seconds);
    const found = await alternate([slotline, synchronous], run.rounds, async (system, round) => {
      const latencies = await wait(system, PER_SECOND, run.seconds * SECONDS_FACTOR);
      const [p50, p99] = [percentile(latencies, 50), percentile(latencies, 99)];
      run.report(`round ${round}: ${system.name} p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
      return { p50, p99 };
    });
    return toFigures(found, { slotline, synchronous });
  },
};

function toFigures(
  found: ReadonlyMap<System, readonly { p50: number; p99: number }[]>,
  { slotline, synchronous }: { slotline: System; synchronous: System },
): readonly Figure[] {
  const of = (key: 'p50' | 'p99') => ({
    name: `POST to decided, ${PER_SECOND}/s, ${key}`,
    unit: 'ms' as const,
    reference: synchronous.name,
    ours: found.get(slotline)?.map((round) => round[key]) ?? [],
    theirs: found.get(synchronous)?.map((round) => round[key]) ?? [],
  });
  return [{ ...of('p50'), goal: 1.5 }, of('p99')];
}

async function load(
  send: SendLoad,
  system: System,
  { sent, perSecond, seconds }: { sent: Map<System, number>; perSecond: number; seconds: number },
): Promise<readonly number[]> {
  const from = sent.get(system) ?? 0;
  const result = await send({
    kind: 'open',
    address: system.address,
    traffic: HOT_ORG,
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
}

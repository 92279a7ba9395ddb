// What waiting and being done cost: Redis bytes of a queued request, with everything that Redis allocates for it; of an
// org once nothing of it waits and its results are forgotten; and the memory of the processes under the load that this takes.

import { setTimeout as sleep } from 'node:timers/promises';

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import { HOT_ORG, HUNDRED_THOUSAND_ORGS, THOUSAND_ORGS, type Traffic } from '../load/traffic.ts';
import { peakBytesOf } from '../stage/memory.ts';
import type { Program } from '../stage/program.ts';
import { lastingBytesOf, usedMemoryOf } from '../stage/redis-figures.ts';
import { startSynchronous } from '../systems/start-references.ts';
import { startSlotline, type Slotline } from '../systems/start-slotline.ts';
import type { System } from '../systems/system.ts';

/** Of each shape: enough that doubling a hash table in Redis adds only a few bytes per request. */
const REQUESTS_MAX = 30_000;
const REQUESTS_PER_SECOND = 10_000;
const CONNECTIONS = 256;
const SETTLING_MS_MAX = 20_000;
const SETTLING_LOOK_MS = 200;
/** Of one org, before anything is measured. */
const FEW = 10;
const FIRST_ORG: Traffic = { ...HOT_ORG, name: 'first' };
const REQUEST_BYTES_MAX = 500;
const BYTES_PER_MB = 1_000_000;

const SHAPES: readonly { name: string; traffic: Traffic }[] = [
  { name: 'one org', traffic: HOT_ORG },
  { name: '1,000 orgs', traffic: THOUSAND_ORGS },
  { name: 'one each of many orgs', traffic: HUNDRED_THOUSAND_ORGS },
];

export const memory: Benchmark = {
  name: 'memory',
  summary: 'Redis bytes of a queued request and of an idle org, memory of the processes under load',
  run: async (run) => {
    const [send, slotline, synchronous] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
      startSynchronous(run.stage),
    ]);
    const requests = Math.ceil(Math.min(REQUESTS_MAX, run.seconds * REQUESTS_PER_SECOND));
    const parts = { run, send, slotline, requests };
    const keptOfFew = await keepLittle(parts);
    const queued: Figure[] = [];
    for (const shape of SHAPES) queued.push(await measureQueued(parts, shape));
    const worker = await slotline.addWorker();
    await slotline.untilDecided(FEW + requests * SHAPES.length);
    run.report('all is decided');
    const idle = await measureIdleOrg(parts, keptOfFew, queued.at(-1)?.ours ?? []);
    for (const { traffic } of SHAPES) await sendAll(send, synchronous, { traffic, requests });
    const programs = { API: slotline.server, worker };
    return [...queued, idle, ...(await measureProcesses(programs, synchronous))];
  },
};

interface Parts {
  readonly run: BenchmarkRun;
  readonly send: SendLoad;
  readonly slotline: Slotline;
  readonly requests: number;
}

async function measureQueued(
  { run, send, slotline, requests }: Parts,
  { name, traffic }: { name: string; traffic: Traffic },
): Promise<Figure> {
  const { redisUrl } = run.stage.stores;
  const before = await usedMemoryOf(redisUrl);
  await sendAll(send, slotline, { traffic, requests });
  const bytes = ((await usedMemoryOf(redisUrl)) - before) / requests;
  run.report(`${name}: ${bytes.toFixed(0)} bytes of Redis each of ${requests} queued requests`);
  return {
    name: `a queued request, ${name}`,
    unit: 'bytes of Redis',
    reference: 'goal',
    ours: [bytes],
    theirs: [REQUEST_BYTES_MAX],
    goal: 1,
  };
}

async function sendAll(
  send: SendLoad,
  { address, expected }: System,
  { traffic, requests }: { traffic: Traffic; requests: number },
): Promise<void> {
  const load = { address, traffic, from: 0, connections: CONNECTIONS, requestsMax: requests, expected };
  await send({ kind: 'closed', ...load });
}

/** One org is decided and idle, and the worker is stopped: the namespace keeps these bytes for any number of orgs. */
async function keepLittle({ run, send, slotline }: Parts): Promise<number> {
  await sendAll(send, slotline, { traffic: FIRST_ORG, requests: FEW });
  await slotline.untilDecided(FEW);
  for (const worker of slotline.workers) await worker.stop();
  return lastingBytesOf(run.stage.stores.redisUrl, slotline.queueName);
}

async function measureIdleOrg(
  { run, slotline, requests }: Parts,
  keptOfFew: number,
  queued: readonly number[],
): Promise<Figure> {
  const orgs = SHAPES.reduce((sum, { traffic }) => sum + Math.min(traffic.orgs, requests), 0);
  const kept = await untilKept(run.stage.stores.redisUrl, slotline.queueName, keptOfFew);
  run.report(`${keptOfFew} bytes of Redis are kept of 1 idle org, ${kept} of ${orgs + 1}`);
  return {
    name: 'an idle org',
    unit: 'bytes of Redis',
    reference: 'a queued request',
    ours: [Math.max(0, kept - keptOfFew) / orgs],
    theirs: queued,
    goal: 0,
  };
}

/** What is left once it is no more than expected; or after a while, because the last are completed after they are decided. */
async function untilKept(redisUrl: string, namespace: string, expected: number): Promise<number> {
  const endsAt = performance.now() + SETTLING_MS_MAX;
  for (;;) {
    const kept = await lastingBytesOf(redisUrl, namespace);
    if (kept <= expected || performance.now() > endsAt) return kept;
    await sleep(SETTLING_LOOK_MS);
  }
}

async function measureProcesses(
  programs: Readonly<Record<string, Program>>,
  synchronous: System,
): Promise<readonly Figure[]> {
  const peakOf = async ({ pid }: Program) => (await peakBytesOf(pid)) / BYTES_PER_MB;
  const theirs = [await peakOf(synchronous.server)];
  const toFigure = async ([name, program]: [string, Program]): Promise<Figure> => ({
    name: `${name} under load, at most`,
    unit: 'MB',
    reference: synchronous.name,
    ours: [await peakOf(program)],
    theirs,
  });
  return Promise.all(Object.entries(programs).map(toFigure));
}

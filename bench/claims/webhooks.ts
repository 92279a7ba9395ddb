// What hanging endpoints cost: bookings decided per second, and the delay of webhooks to endpoints that answer. All passes
// use one system, with different endpoints registered.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { percentile } from '../figures/middle.ts';
import { startGenerator, type SendLoad } from '../load/start-generator.ts';
import type { Traffic } from '../load/traffic.ts';
import { startSlotline, type Slotline } from '../systems/start-slotline.ts';
import { openWebhookEndpoints, type Kinds, type WebhookEndpoints } from '../systems/webhook-endpoints.ts';
import { alternate } from './rounds.ts';

/** Every org has one endpoint that answers and, where they hang, one that does. */
const TRAFFIC: Traffic = { name: 'told', orgs: 20, resourcesPerOrg: 10 };
const CONNECTIONS = 256;
const REQUESTS_MAX = 200_000;
const WARM_UP_REQUESTS = 2_000;
const LOW_PER_SECOND = 20;
/** So that a pass has enough deliveries for its p99 not to be its worst. */
const LOW_SECONDS_FACTOR = 5;
const LATENCY_MS_MAX = 2_000;

/** Loopback receivers are refused in production, so this one is none. */
const ENVIRONMENT = { NODE_ENV: 'benchmark', WEBHOOK_ALLOW_PRIVATE: 'true' };

interface Course {
  readonly name: string;
  readonly kinds: Kinds;
}

const NOBODY: Course = { name: 'nobody is told', kinds: [] };
const GOOD: Course = { name: 'all answer', kinds: ['good'] };
const HALF: Course = { name: 'half hang', kinds: ['good', 'hang'] };

export const webhooks: Benchmark = {
  name: 'webhooks',
  summary: 'decided/s and delivery p99 while half of the endpoints hang, against all that answer',
  run: async (run) => {
    const [send, slotline] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1, environment: ENVIRONMENT }),
    ]);
    const endpoints = await openWebhookEndpoints(run.stage, { slotline, traffic: TRAFFIC });
    const pass = createPass({ send, slotline, endpoints });
    return [...(await measureDeciding(run, pass)), await measureLatency(run, pass, endpoints)];
  },
};

/** Registers, works, deletes; what `work` gives. */
type Pass = <T>(course: Course, work: (load: Sender) => Promise<T>) => Promise<T>;

interface Sender {
  /** As fast as it is taken; decided/s over all of it. */
  readonly flood: (requests: number) => Promise<number>;
  /** By the clock; resolves when all is answered. */
  readonly trickle: (requests: number) => Promise<void>;
}

function createPass(parts: { send: SendLoad; slotline: Slotline; endpoints: WebhookEndpoints }): Pass {
  const { send, slotline, endpoints } = parts;
  let sent = 0;
  const target = () => ({
    address: slotline.address,
    traffic: TRAFFIC,
    from: sent,
    connections: CONNECTIONS,
    expected: slotline.expected,
  });
  const flood = async (requests: number) => {
    const startedAt = performance.now();
    const result = await send({ kind: 'closed', ...target(), requestsMax: requests });
    sent += result.sent;
    await slotline.untilDecided(sent);
    return (result.sent * 1_000) / (performance.now() - startedAt);
  };
  const trickle = async (requests: number) => {
    const result = await send({ kind: 'open', ...target(), perSecond: LOW_PER_SECOND, requests });
    sent += result.sent;
  };
  return async (course, work) => {
    await endpoints.register(course.kinds);
    try {
      return await work({ flood, trickle });
    } finally {
      await endpoints.clear();
    }
  };
}

async function measureDeciding(run: BenchmarkRun, pass: Pass): Promise<readonly Figure[]> {
  const asManyAsDecided = (perSecond: number) =>
    Math.min(REQUESTS_MAX, Math.max(10, Math.ceil(perSecond * run.seconds)));
  const warmUp = Math.ceil(Math.min(WARM_UP_REQUESTS, run.seconds * WARM_UP_REQUESTS));
  await pass(GOOD, ({ flood }) => flood(warmUp));
  // One number of requests for all: equal work, and one that is slower is measured for longer.
  const requests = asManyAsDecided(await pass(GOOD, ({ flood }) => flood(warmUp)));
  const found = await alternate([GOOD, HALF, NOBODY], run.rounds, async (course, round) => {
    const perSecond = await pass(course, ({ flood }) => flood(requests));
    run.report(`round ${round}: ${course.name}, ${Math.round(perSecond)} decided/s`);
    return perSecond;
  });
  const of = (course: Course) => found.get(course) ?? [];
  const figure = (ours: Course, theirs: Course) => ({
    name: `deciding, ${ours.name}`,
    unit: 'decided/s' as const,
    reference: theirs.name,
    ours: of(ours),
    theirs: of(theirs),
  });
  return [{ ...figure(HALF, GOOD), goal: 0.95 }, figure(GOOD, NOBODY)];
}

async function measureLatency(run: BenchmarkRun, pass: Pass, endpoints: WebhookEndpoints): Promise<Figure> {
  const requests = Math.max(10, Math.ceil(LOW_PER_SECOND * run.seconds * LOW_SECONDS_FACTOR));
  const ours: number[] = [];
  for (let round = 1; round <= run.rounds; round++) {
    const latencies = await pass(HALF, async ({ trickle }) => {
      await trickle(requests);
      return endpoints.untilArrived(requests);
    });
    ours.push(percentile(latencies, 99));
    const [p50, p99] = [percentile(latencies, 50), percentile(latencies, 99)];
    run.report(`round ${round}: decided to told p50 ${p50} ms, p99 ${p99} ms, half hang`);
  }
  return {
    name: `decided to told, ${LOW_PER_SECOND}/s, half hang, p99`,
    unit: 'ms',
    reference: 'the goal itself',
    ours,
    theirs: ours.map(() => LATENCY_MS_MAX),
    goal: 1,
  };
}

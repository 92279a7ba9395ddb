// The claims that share few parts with the others run to their figures. Not how good they are: that is no business of a
// test.

import { afterEach, expect, test } from '@jest/globals';

import { idle } from '../claims/idle.ts';
import { measureKnees } from '../claims/knee.ts';
import { memory } from '../claims/memory.ts';
import { measureLoops, openLoopCourse } from '../claims/saturation-closed.ts';
import { measureOverload } from '../claims/saturation-open.ts';
import { waitLatency } from '../claims/wait-latency.ts';
import { measureWorkers } from '../claims/workers.ts';
import { ratioOf, type Figure } from '../figures/figure.ts';
import { startFloodGenerator } from '../load/start-flood-generator.ts';
import { HALF_CONFLICTS, HOT_ORG } from '../load/traffic.ts';
import { Stage } from '../stage/stage.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { sharedStores } from './shared-stores.ts';

const SECONDS = 0.05;
/** Processes take seconds to start when the machine is busy. */
const TIMEOUT_MS = 120_000;

let stage: Stage | undefined;

function aRun() {
  stage = new Stage(sharedStores());
  return { seconds: SECONDS, rounds: 1, stage, report: () => {} };
}

afterEach(() => stage?.clear());

function namesOf(figures: readonly Figure[]): string[] {
  return figures.map(({ name }) => name);
}

test(
  'queued requests take Redis, and orgs of which nothing waits take none',
  async () => {
    const figures = await memory.run(aRun());
    expect(namesOf(figures)).toEqual([
      'a queued request, one org',
      'a queued request, 1,000 orgs',
      'a queued request, one each of many orgs',
      'an idle org',
      'API under load, at most',
      'worker under load, at most',
    ]);
    const [idleOrg] = figures.filter(({ name }) => name === 'an idle org');
    expect(idleOrg?.ours).toEqual([0]);
    const processes = figures.slice(-2).flatMap(({ ours, theirs }) => [...ours, ...theirs]);
    expect(Math.min(...processes)).toBeGreaterThan(1);
  },
  TIMEOUT_MS,
);

test(
  'waits are known at two loads of a knee, of pairs too',
  async () => {
    const shapes = [{ name: 'pairs', traffic: HALF_CONFLICTS, hows: ['POST'] }] as const;
    const figures = await measureKnees(aRun(), shapes);
    expect(namesOf(figures)).toEqual(
      [30, 70].flatMap((share) =>
        ['p50', 'p99'].map((key) => `POST to decided at ${share} % of the knee, pairs, ${key}`),
      ),
    );
    expect(Math.min(...figures.flatMap(({ ours }) => ours))).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'more workers are compared with fewer',
  async () => {
    const figures = await measureWorkers(aRun(), [1, 2]);
    expect(namesOf(figures)).toEqual(['1,000 orgs, 2 workers']);
    expect(Math.min(...figures.map((figure) => ratioOf(figure).median))).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'API and worker are watched while they idle',
  async () => {
    const figures = await idle.run(aRun());
    expect(namesOf(figures)).toEqual(['idle API', 'idle worker']);
    expect(Math.min(...figures.flatMap(({ ours }) => ours))).toBeGreaterThanOrEqual(0);
  },
  TIMEOUT_MS,
);

test(
  'a wait is measured at a share of what is decided and at a few a second',
  async () => {
    const figures = await waitLatency.run(aRun());
    expect(namesOf(figures)).toEqual(
      // Each against (a) and against (d).
      ['10 % load', '50/s'].flatMap((load) =>
        ['p50', 'p99', 'p50', 'p99'].map((key) => `POST to decided, ${load}, ${key}`),
      ),
    );
  },
  TIMEOUT_MS,
);

test(
  'what is refused is measured in closed loops and in open ones',
  async () => {
    const run = aRun();
    const flood = await startFloodGenerator(run.stage);
    const slotline = await startSlotline(run.stage, { workers: 1, isBounded: true });
    const shapes = [{ name: 'one org', traffic: HOT_ORG }];
    const course = await openLoopCourse(run, { slotline, flood, name: 'as shipped' });
    const loops = namesOf(await measureLoops(run, { shipped: course, unprotected: course }, shapes));
    expect(loops).toContain('one org, Prefer: wait, 64 connections');
    expect(loops).toContain('one org, POST, refused of 8, 64, 256 connections');
    const calm = { shapes: [{ name: 'one org', traffic: { ...HOT_ORG, name: 'open' } }], factors: [0.5, 2] };
    const floods = namesOf(await measureOverload(run, { slotline, flood }, calm));
    expect(floods).toContain('one org, 2 times the capacity, Retry-After ignored');
    expect(floods.at(-1)).toBe('one org, API in an overload, at most');
  },
  TIMEOUT_MS,
);

// The CPU that a service without requests uses: the kernel's count for the API and the worker while they are idle, after
// they have done some work, because only then all their parts are loaded.

import { setTimeout as sleep } from 'node:timers/promises';

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator } from '../load/start-generator.ts';
import { THOUSAND_ORGS } from '../load/traffic.ts';
import { cpuMicrosecondsOf } from '../stage/cpu-time.ts';
import type { Program } from '../stage/program.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { saturate } from './saturate.ts';

/** Ten seconds and more: the kernel counts in hundredths of a second, and much of what happens happens seldom. */
const SECONDS_FACTOR = 5;
/** What was begun under load is over after that: partitions that are still held, compiling, collecting garbage. */
const REST_SECONDS = 5;
const PERCENT_MAX = 1;

export const idle: Benchmark = {
  name: 'idle',
  summary: 'CPU of an API and of a worker that have nothing to do',
  run: async (run) => {
    const [send, slotline] = await Promise.all([
      startGenerator(run.stage),
      startSlotline(run.stage, { workers: 1 }),
    ]);
    const course = saturate(send, slotline);
    await course.warmUp(THOUSAND_ORGS, run.seconds);
    await sleep(REST_SECONDS * 1_000);
    const programs = [
      { name: 'API', program: slotline.server },
      ...slotline.workers.map((program) => ({ name: 'worker', program })),
    ];
    const found = await measureIdle(run, programs);
    return programs.map(({ name, program }): Figure => {
      const ours = found.get(program) ?? [];
      return {
        name: `idle ${name}`,
        unit: '% CPU',
        reference: 'goal',
        ours,
        theirs: ours.map(() => PERCENT_MAX),
        goal: 1,
      };
    });
  },
};

async function measureIdle(
  run: BenchmarkRun,
  programs: readonly { name: string; program: Program }[],
): Promise<ReadonlyMap<Program, readonly number[]>> {
  const found = new Map<Program, number[]>(programs.map(({ program }) => [program, []]));
  for (let round = 1; round <= run.rounds; round++) {
    const startedAt = performance.now();
    const before = await Promise.all(programs.map(({ program }) => cpuMicrosecondsOf(program.pid)));
    await sleep(run.seconds * SECONDS_FACTOR * 1_000);
    const after = await Promise.all(programs.map(({ program }) => cpuMicrosecondsOf(program.pid)));
    const elapsedMs = performance.now() - startedAt;
    const percents = programs.map((_, at) => ((after[at] ?? 0) - (before[at] ?? 0)) / 10 / elapsedMs);
    programs.forEach(({ program }, at) => found.get(program)?.push(percents[at] ?? 0));
    const words = programs.map(({ name }, at) => `${name} ${percents[at]?.toFixed(2)} %`).join(', ');
    run.report(`round ${round}: ${words} in ${(elapsedMs / 1_000).toFixed(0)} s`);
  }
  return found;
}

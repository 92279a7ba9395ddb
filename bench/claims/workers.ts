// What more workers add: the same traffic over 1,000 orgs, decided by one, two and four workers. Each number of
// workers has a separate system, and the systems that are not measured are idle.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { startGenerator } from '../load/start-generator.ts';
import { THOUSAND_ORGS } from '../load/traffic.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { alternate } from './rounds.ts';
import { saturate } from './saturate.ts';

const WORKERS = [1, 2, 4];

export const workers: Benchmark = {
  name: 'workers',
  summary: 'decided/s over 1,000 orgs with 2 and with 4 workers, against 1',
  run: (run) => measureWorkers(run, WORKERS),
};

/** The first number is what the others are compared with. */
export async function measureWorkers(
  run: BenchmarkRun,
  numbers: readonly number[],
): Promise<readonly Figure[]> {
  const send = await startGenerator(run.stage);
  const start = async (workers: number) =>
    [workers, saturate(send, await startSlotline(run.stage, { workers }))] as const;
  const courses = new Map(await Promise.all(numbers.map(start)));
  for (const course of courses.values()) await course.warmUp(THOUSAND_ORGS, run.seconds);
  const found = await alternate([...courses.keys()], run.rounds, async (workers, round) => {
    const perSecond = (await courses.get(workers)?.pass(THOUSAND_ORGS, run.seconds)) ?? 0;
    run.report(`round ${round}: ${workers} of them, ${Math.round(perSecond)} decided/s`);
    return perSecond;
  });
  for (const course of courses.values()) await course.assertAllStand();
  const [few = 0, ...more] = numbers;
  return more.map((workers) => ({
    name: `1,000 orgs, ${workers} workers`,
    unit: 'decided/s',
    reference: `with ${few}`,
    ours: found.get(workers) ?? [],
    theirs: found.get(few) ?? [],
  }));
}

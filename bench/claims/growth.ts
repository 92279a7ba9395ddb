// How deciding grows: the same groups into an org that has booked nothing yet, and into one with years of a calendar
// behind it, each in a separate database.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { fillOrg } from '../load/fill-org.ts';
import { HOT_ORG } from '../load/traffic.ts';
import { GROUP_REQUESTS, openDecidingWriter, warmUp, writeGroups, type GroupWriter } from './group-writer.ts';
import { alternate } from './rounds.ts';

const SIZES = [0, 100_000, 1_000_000];

export const growth: Benchmark = {
  name: 'growth',
  summary: `decided/s, groups of ${GROUP_REQUESTS}, with 100,000 and 1,000,000 appointments in the org, against none`,
  run: (run) => measureGrowth(run, SIZES),
};

/** One figure for each size but the first, against the first. */
export async function measureGrowth(run: BenchmarkRun, sizes: readonly number[]) {
  const orgs: GroupWriter[] = [];
  for (const size of sizes) orgs.push(await openOrg(run, size));
  await warmUp(orgs, run.seconds);
  const found = await alternate(orgs, run.rounds, async (org, round) => {
    const perSecond = await writeGroups(org, run.seconds);
    run.report(`round ${round}: ${org.name} ${Math.round(perSecond)} decided/s`);
    return perSecond;
  });
  const [smallest, ...others] = orgs;
  return others.map((org) => ({
    name: `decide, ${org.name}`,
    unit: 'decided/s' as const,
    reference: smallest?.name ?? '',
    ours: found.get(org) ?? [],
    theirs: (smallest && found.get(smallest)) ?? [],
    goal: 0.87,
  }));
}

async function openOrg({ stage, report }: BenchmarkRun, size: number): Promise<GroupWriter> {
  const { url, drop } = await stage.stores.createDatabase();
  stage.onClear(drop);
  const name = `${size.toLocaleString('en-US')} appointments`;
  report(`filling ${name}`);
  if (size > 0) await fillOrg(url, HOT_ORG, size);
  return openDecidingWriter(stage, { url, name, next: size });
}

// Deciding alone, without HTTP and Redis: what the deciding transaction costs over writing the very same rows, and
// what the schema gives over one that writes them under text keys.

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import type { Figure } from '../figures/figure.ts';
import { HOT_ORG } from '../load/traffic.ts';
import { openSqlCeiling } from '../references/sql-ceiling.ts';
import { useTextKeys } from '../references/text-keys.ts';
import { GROUP_REQUESTS, openDecidingWriter, warmUp, writeGroups, type GroupWriter } from './group-writer.ts';
import { alternate } from './rounds.ts';

export const decide: Benchmark = {
  name: 'decide',
  summary: `decided/s of the deciding transaction, one org, groups of ${GROUP_REQUESTS}, against its rows as plain SQL`,
  run: async (run) => {
    const [slotline, ceiling] = [await openSlotline(run), await openCeiling(run, 'plain SQL')];
    const textKeys = await openCeiling(run, 'text keys, deferrable', useTextKeys);
    const writers = [slotline, ceiling, textKeys];
    await warmUp(writers, run.seconds);
    const found = await alternate(writers, run.rounds, async (writer, round) => {
      const perSecond = await writeGroups(writer, run.seconds);
      run.report(`round ${round}: ${writer.name} ${Math.round(perSecond)} rows/s`);
      return perSecond;
    });
    const against = (
      ours: GroupWriter,
      theirs: GroupWriter,
    ): Pick<Figure, 'reference' | 'ours' | 'theirs'> => ({
      reference: theirs.name,
      ours: found.get(ours) ?? [],
      theirs: found.get(theirs) ?? [],
    });
    return [
      {
        name: `decide, one org, ${GROUP_REQUESTS} a group`,
        unit: 'decided/s',
        ...against(slotline, ceiling),
        goal: 0.8,
      },
      {
        name: `plain SQL, one org, ${GROUP_REQUESTS} a group`,
        unit: 'rows/s',
        ...against(ceiling, textKeys),
        goal: 1.5,
      },
    ];
  },
};

async function openSlotline({ stage }: BenchmarkRun): Promise<GroupWriter> {
  const { url, drop } = await stage.stores.createDatabase();
  stage.onClear(drop);
  return openDecidingWriter(stage, { url, name: 'Slotline', next: 0 });
}

/** The same rows as plain SQL, in our schema or in what `change` makes of it. */
async function openCeiling(
  { stage }: BenchmarkRun,
  name: string,
  change?: (url: string) => Promise<void>,
): Promise<GroupWriter> {
  const { url, drop } = await stage.stores.createDatabase();
  stage.onClear(drop);
  await change?.(url);
  const ceiling = await openSqlCeiling(url, HOT_ORG);
  stage.onClear(() => ceiling.close());
  return {
    name,
    next: 0,
    prepare: (from) => ceiling.prepare(Array.from({ length: GROUP_REQUESTS }, (_, at) => from + at)),
  };
}

// Writes the figures of a run as JSON, with every round, so that runs can be compared, and a picture of them beside it.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { BenchArguments } from './bench-command.ts';
import { ratioOf, type Figure } from './figures/figure.ts';
import { toPlot } from './figures/plot.ts';
import type { Machine } from './machine.ts';
import { PROJECT } from './stage/project.ts';

export interface Results {
  readonly startedAt: Date;
  readonly args: BenchArguments;
  /** Before the run; afterwards its load average is the run's own. */
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** Writes both files and returns their paths. */
export async function writeResults({
  startedAt,
  args,
  machine,
  figures,
}: Results): Promise<readonly string[]> {
  const { names, seconds, rounds } = args;
  const stamp = startedAt.toISOString().slice(0, 19).replaceAll(':', '');
  const file = args.json ?? path.join(PROJECT, 'bench/results', `${stamp}.json`);
  const results = {
    startedAt,
    names,
    seconds,
    rounds,
    machine,
    figures: figures.map((figure) => ({ ...figure, ratio: ratioOf(figure) })),
  };
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  const picture = `${file.replace(/\.json$/, '')}.svg`;
  await writeFile(picture, toPlot(figures, toTitle(startedAt, machine)));
  return [file, picture];
}

function toTitle(startedAt: Date, { cpus, node }: Machine): string {
  const when = startedAt.toISOString().slice(0, 16).replace('T', ' ');
  return `Slotline against its references, ${when} UTC, ${cpus} CPUs, Node ${node}`;
}

// The figures of a run as JSON, every round of them, for whoever compares runs.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { BenchArguments } from './bench-command.ts';
import { ratioOf, type Figure } from './figures/figure.ts';
import type { Machine } from './machine.ts';
import { PROJECT } from './stage/project.ts';

export interface Results {
  readonly startedAt: Date;
  readonly args: BenchArguments;
  /** Before the run; afterwards its load average is the run's own. */
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** Writes the file and returns its path. */
export async function writeResults({ startedAt, args, machine, figures }: Results): Promise<string> {
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
  return file;
}

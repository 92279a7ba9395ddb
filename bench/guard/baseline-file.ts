// The baseline on disk: the readings of the guards that a developer last accepted. Committed, so that a review shows
// every change of it.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { median } from '../figures/middle.ts';
import { PROJECT } from '../stage/project.ts';
import type { Baseline, Readings } from './guard.ts';

export const BASELINE_FILE = 'bench/guard/baseline.json';

export async function readBaseline(): Promise<Baseline> {
  return JSON.parse(await readFile(path.join(PROJECT, BASELINE_FILE), 'utf8')) as Baseline;
}

/** The middle of each guard's readings: neither a lucky nor an unlucky one. */
export async function writeBaseline(readings: readonly Readings[]): Promise<Baseline> {
  const names = new Set(readings.flatMap((reading) => Object.keys(reading)));
  const baseline = Object.fromEntries([...names].map((name) => [name, middleOf(name, readings)]));
  await writeFile(path.join(PROJECT, BASELINE_FILE), `${JSON.stringify(baseline, null, 2)}\n`);
  return baseline;
}

function middleOf(name: string, readings: readonly Readings[]): number {
  const values = readings.flatMap(({ [name]: value }) => (value === undefined ? [] : [value]));
  return Number(median(values).toPrecision(3));
}

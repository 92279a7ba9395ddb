// Reads the guards of each section until they hold or the tries are used up. Every section has a separate stage, and
// nothing runs beside it.

import { Stage } from '../stage/stage.ts';
import type { Stores } from '../stage/stores.ts';
import type { Baseline, GuardSection, Readings } from './guard.ts';
import { bestOf, judge, type Verdict } from './judge.ts';

export interface GuardRun {
  readonly stores: Stores;
  readonly sections: readonly GuardSection[];
  /** Of each section. */
  readonly tries: number;
  readonly report: (line: string) => void;
}

/** Stops trying a section as soon as all its guards are held. */
export async function runGuards(run: GuardRun, baseline: Baseline): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const section of run.sections) {
    const readings: Readings[] = [];
    let judged: readonly Verdict[] = [];
    do {
      readings.push(await read(run, section, readings.length + 1));
      judged = judge(bestOf(readings), baseline);
    } while (judged.some(({ isHeld }) => !isHeld) && readings.length < run.tries);
    verdicts.push(...judged);
  }
  return verdicts;
}

/** All readings of as many tries. */
export async function readAll(run: GuardRun): Promise<readonly Readings[]> {
  const readings: Readings[] = [];
  for (const section of run.sections) {
    for (let number = 1; number <= run.tries; number++) readings.push(await read(run, section, number));
  }
  return readings;
}

async function read({ stores, report }: GuardRun, section: GuardSection, number: number): Promise<Readings> {
  report(`${section.name}${number === 1 ? '' : `, try ${number}`}`);
  const stage = new Stage(stores);
  try {
    return await section.measure(stage);
  } finally {
    await stage.clear();
  }
}

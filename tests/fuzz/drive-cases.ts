// Runs many cases at once, a bounded number at a time, until there are enough.

import type { Finding, Traffic } from './traffic.ts';
import { runCase, type CaseOf } from './run-case.ts';

export interface Drive {
  readonly seed: number;
  /** Asked before every case. */
  readonly isEnough: (casesBegun: number) => boolean;
  readonly concurrency: number;
  readonly enough?: CaseOf['enough'];
}

/** Resolves with the number of cases. What goes wrong in a case itself is a finding, and the others go on. */
export async function driveCases(
  traffic: Traffic,
  { seed, isEnough, concurrency, enough }: Drive,
): Promise<number> {
  let begun = 0;
  const lane = async () => {
    while (!isEnough(begun)) await attempt(traffic, { seed, number: begun++, enough });
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return begun;
}

export async function attempt(traffic: Traffic, of: CaseOf): Promise<void> {
  try {
    await runCase(traffic, of);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const finding: Finding = { check: 'a case can be run', detail, caseNumber: of.number, mutations: [] };
    traffic.report(finding);
  }
}

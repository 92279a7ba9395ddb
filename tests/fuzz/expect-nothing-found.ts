// A run of the fuzzer as a test: what it found is printed with all it takes to see it again, and nothing may be found.

import { expect } from '@jest/globals';
import type { Auth } from './askers.ts';
import { describeFinding, describeResult } from './describe-run.ts';
import { runFuzz, type Extent, type FuzzResult } from './run-fuzz.ts';

// The same in every run: a change is not to fail for what chance finds in the ones before. Looking further is what
// `pnpm fuzz` is for.
export const SEED = Number(process.env['SEED'] ?? 4_287_078_953);
/** Only a run that hangs takes this long: a run takes minutes alone, and several times that beside other tests. */
export const HANGS_AFTER_MS = 40 * 60_000;

export async function expectNothingFound(seed: number, auth: Auth, extent: Extent): Promise<FuzzResult> {
  const result = await runFuzz({ seed, auth, extent });
  const { findings } = result.traffic;
  console.info(
    [...findings.map((one) => describeFinding(one, { seed, auth })), describeResult(result, seed)].join('\n'),
  );
  expect(findings.map(({ check, detail }) => `${check}: ${detail}`)).toEqual([]);
  return result;
}

/** The least number of requests for every operation; the metrics have a separate number. */
export function leastAsked({ traffic }: FuzzResult): number {
  const counts = [...traffic.tally.byOperation].filter(([id]) => id !== 'getMetrics');
  return Math.min(...counts.map(([, count]) => count));
}

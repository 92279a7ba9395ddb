// Runs the fuzzer on the whole service, as separate processes: some hundred requests on a developer's machine, and 5,000
// of every operation in CI, including those of fuzz-keys.test.ts. `pnpm fuzz` runs the same for any number of requests.

import { expect, it } from '@jest/globals';
import {
  expectNothingFound,
  extentOf,
  HANGS_AFTER_MS,
  IS_CI,
  leastAsked,
  SEED,
} from './expect-nothing-found.ts';

const EACH_IN_CI = 4_500;

it(
  'every answer passes the checks, and no refused request leaves a trace in the stores',
  async () => {
    const result = await expectNothingFound(SEED, 'none', extentOf(EACH_IN_CI));
    const { tally, ledger } = result.traffic;
    // A run in which everything is refused, or nothing, would find nothing wrong either.
    expect(tally.validTaken).toBeGreaterThan(tally.valid / 2);
    expect(tally.mutatedRefused).toBeGreaterThan(tally.mutated / 2);
    expect(tally.timedOut).toBe(0);
    for (const found of [ledger.accepted.size, ledger.refused.size, result.marksFound])
      expect(found).toBeGreaterThan(20);
    expect(leastAsked(result)).toBeGreaterThanOrEqual(IS_CI ? EACH_IN_CI : 1);
  },
  HANGS_AFTER_MS,
);

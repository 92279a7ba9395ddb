// Runs the fuzzer on the whole service, as separate processes: 500 requests of every operation, including those of
// fuzz-keys.test.ts. `pnpm fuzz` sends any number, and a release is preceded by 100,000 (CONTRIBUTING.md).

import { expect, it } from '@jest/globals';
import { expectNothingFound, HANGS_AFTER_MS, leastAsked, SEED } from './expect-nothing-found.ts';

const EACH = 450;

it(
  'every answer passes the checks, and no refused request leaves a trace in the stores',
  async () => {
    const result = await expectNothingFound(SEED, 'none', { kind: 'each-operation', count: EACH });
    const { tally, ledger } = result.traffic;
    // A run in which everything is refused, or nothing, would find nothing wrong either.
    expect(tally.validTaken).toBeGreaterThan(tally.valid / 2);
    expect(tally.mutatedRefused).toBeGreaterThan(tally.mutated / 2);
    expect(tally.timedOut).toBe(0);
    for (const found of [ledger.accepted.size, ledger.refused.size, result.marksFound])
      expect(found).toBeGreaterThan(20);
    expect(leastAsked(result)).toBeGreaterThanOrEqual(EACH);
  },
  HANGS_AFTER_MS,
);

// The benchmarks run and produce figures. How good the figures are is not tested.

import { expect, test } from '@jest/globals';
import { BENCHMARKS } from '../benchmarks.ts';
import { Stage } from '../stage/stage.ts';
import { sharedStores } from './shared-stores.ts';

// The parts that these two do not use have separate tests.
const TRIED = BENCHMARKS.filter(({ name }) => name === 'pipeline' || name === 'decide');

test.each(TRIED.map((benchmark) => [benchmark.name, benchmark] as const))(
  '%s produces figures',
  async (_, benchmark) => {
    const stage = new Stage(sharedStores());
    try {
      const figures = await benchmark.run({ seconds: 0.05, rounds: 1, stage, report: () => {} });
      expect(figures).not.toEqual([]);
      for (const { ours, theirs } of figures) {
        expect([ours.length, theirs.length]).toEqual([1, 1]);
        expect(Math.min(...ours, ...theirs)).toBeGreaterThan(0);
      }
    } finally {
      await stage.clear();
    }
  },
  120_000,
);

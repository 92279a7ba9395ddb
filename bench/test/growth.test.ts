// The growth of deciding is measured on orgs of any size, and what fills one leaves room for every booking after it.

import { expect, test } from '@jest/globals';
import { measureGrowth } from '../claims/growth.ts';
import { Stage } from '../stage/stage.ts';
import { sharedStores } from './shared-stores.ts';

test('deciding is measured in an org of each size', async () => {
  const stage = new Stage(sharedStores());
  try {
    const run = { seconds: 0.01, rounds: 1, stage, report: () => {} };
    const figures = await measureGrowth(run, [0, 1_000, 2_000]);
    expect(figures.map(({ name }) => name)).toEqual([
      'decide, 1,000 appointments',
      'decide, 2,000 appointments',
    ]);
    for (const { ours, theirs } of figures) expect(Math.min(...ours, ...theirs)).toBeGreaterThan(0);
  } finally {
    await stage.clear();
  }
}, 60_000);

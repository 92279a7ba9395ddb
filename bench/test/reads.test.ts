// The growth of reads is measured on calendars of any length, and every read finds as much in the long one.

import { expect, test } from '@jest/globals';
import { CALENDAR_READS } from '../claims/calendar-reads.ts';
import { measureReads } from '../claims/reads.ts';
import { Stage } from '../stage/stage.ts';
import { sharedStores } from './shared-stores.ts';

test('every read is measured in both calendars', async () => {
  const stage = new Stage(sharedStores());
  const short = { orgId: 'org', resources: 50, appointments: 1_000 };
  try {
    const run = { seconds: 0.01, rounds: 1, stage, report: () => {} };
    const figures = await measureReads(run, { ...short, appointments: 2_000 }, short);
    expect(figures.map(({ name }) => name)).toEqual(CALENDAR_READS.map(({ name }) => name));
    for (const { ours, theirs } of figures) expect(Math.min(...ours, ...theirs)).toBeGreaterThan(0);
  } finally {
    await stage.clear();
  }
}, 60_000);

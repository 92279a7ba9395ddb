import { expect, test } from '@jest/globals';
import type { Instant, Outcome } from '@slotline/core';

import { fromOutcomeColumns, toOutcomeColumns } from './outcomes.ts';

const blocker = { id: 'a', start: 0 as Instant, end: 1 as Instant, version: 1 };
const outcomes: Outcome[] = [
  { kind: 'created', version: 1 },
  { kind: 'updated', version: 2 },
  { kind: 'cancelled', version: 2 },
  { kind: 'ignored-stale', version: 3 },
  { kind: 'not-found' },
  { kind: 'conflict', conflictsWith: [blocker] },
  { kind: 'quarantined', detail: 'a "quoted" reason' },
];

test.each(outcomes)('$kind comes back from its columns as it was', (outcome) => {
  expect(fromOutcomeColumns(toOutcomeColumns(outcome))).toEqual(outcome);
});

test.each(['created', 'conflict', 'quarantined', 'maybe'])(
  '%s without its facts is never guessed',
  (outcome) => {
    expect(() => fromOutcomeColumns({ outcome, version: null, outcome_detail: null })).toThrow(/P3/);
  },
);

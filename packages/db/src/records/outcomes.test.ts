import { expect, test } from '@jest/globals';
import type { Instant, Outcome } from '@slotline/core';

import { fromOutcomeColumns, toOutcomeColumns } from './outcomes.ts';

const interval = { start: 0 as Instant, end: 1 as Instant };
const blocker = { id: 'a', ...interval, version: 1 };
const conflict = { kind: 'conflict', conflictsWith: [blocker] } as const;
const outcomes: Outcome[] = [
  { kind: 'created', version: 1 },
  { kind: 'updated', version: 2 },
  { kind: 'cancelled', version: 2 },
  { kind: 'confirmed', version: 2 },
  { kind: 'expired', version: 2 },
  { kind: 'ignored-stale', version: 3 },
  { kind: 'not-held', version: 3 },
  { kind: 'not-found' },
  conflict,
  { ...conflict, alternatives: { before: interval, after: interval } },
  { ...conflict, alternatives: {} },
  { ...conflict, moreConflicts: 9 },
  { kind: 'applied', outcomes: [{ appointmentId: 'a "b"', kind: 'created', version: 1 }] },
  {
    kind: 'refused',
    outcomes: [
      { appointmentId: 'b', ...conflict, moreConflicts: 1 },
      { appointmentId: 'c', kind: 'not-found' },
      { appointmentId: 'd', kind: 'not-applied' },
    ],
  },
  { kind: 'quarantined', detail: 'a "quoted" reason' },
];

test.each(outcomes)('the outcome $kind is read back from its columns unchanged', (outcome) => {
  expect(fromOutcomeColumns(toOutcomeColumns(outcome))).toStrictEqual(outcome);
});

test('a conflict recorded before alternatives existed is read back without them', () => {
  const columns = { outcome: 'conflict', version: null, outcome_detail: JSON.stringify([blocker]) };
  expect(fromOutcomeColumns(columns)).toStrictEqual(conflict);
});

test.each(['created', 'not-held', 'conflict', 'applied', 'refused', 'quarantined', 'maybe'])(
  'a recorded %s without its facts throws',
  (outcome) => {
    expect(() => fromOutcomeColumns({ outcome, version: null, outcome_detail: null })).toThrow(
      /cannot be read/,
    );
  },
);

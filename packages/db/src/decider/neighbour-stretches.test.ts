import assert from 'node:assert/strict';

import { expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';
import fc from 'fast-check';

import { toStretches, type KeyedNeighbourhood, type Stretch } from './neighbour-stretches.ts';

const STARTS_MAX = 40;
const instants = fc.nat(STARTS_MAX) as fc.Arbitrary<Instant>;
const neighbourhoods: fc.Arbitrary<KeyedNeighbourhood[]> = fc.array(
  fc.record({
    requestId: fc.constant(''),
    resourceId: fc.constant(''),
    resourceKey: fc.constantFrom(1, 2),
    before: instants,
    end: instants,
    takenAway: fc.nat(3),
  }),
  { maxLength: 8 },
);
/** Starts of appointments on either resource. */
const starts = fc.uniqueArray(fc.record({ resourceKey: fc.constantFrom(1, 2), start: instants }), {
  selector: ({ resourceKey, start }) => `${resourceKey} ${start}`,
  size: 'max',
  maxLength: 2 * STARTS_MAX,
});

const ascending = (a: { start: number }, b: { start: number }) => a.start - b.start;

test('stretches contain what each neighbourhood needs, and no appointment is in two `first` stretches', () => {
  fc.assert(
    fc.property(neighbourhoods, starts, fc.integer({ min: 1, max: 6 }), (asked, standing, scannedMax) => {
      const { last, first } = toStretches(asked, scannedMax);
      const on = (resourceKey: number) =>
        standing.filter((one) => one.resourceKey === resourceKey).toSorted(ascending);
      const within = ({ resourceKey, from, below }: Stretch) =>
        on(resourceKey).filter(({ start }) => start >= from && start < below);
      const lasts = last.flatMap((stretch) => within(stretch).slice(-stretch.rowsMax));
      const firsts = first.flatMap((stretch) => within(stretch).slice(0, stretch.rowsMax));
      for (const { resourceKey, before, end, takenAway } of asked) {
        const depth = scannedMax + takenAway;
        const wanted = [
          ...on(resourceKey)
            .filter(({ start }) => start < before)
            .slice(-depth),
          ...on(resourceKey)
            .filter(({ start }) => start < end)
            .slice(-(1 + takenAway)),
        ];
        assert.ok(wanted.every((one) => lasts.includes(one)));
        const behind = on(resourceKey)
          .filter(({ start }) => start >= end)
          .slice(0, depth);
        assert.ok(behind.every((one) => firsts.includes(one)));
      }
      assert.equal(new Set(firsts).size, firsts.length);
    }),
    { numRuns: 2_000 },
  );
});

test('a thousand neighbourhoods on one resource become short look-ups that end where the next one begins', () => {
  const asked = Array.from({ length: 1_000 }, (_, n) => ({
    ...{ requestId: '', resourceId: '', resourceKey: 1, takenAway: 0 },
    ...{ before: n as Instant, end: (n + 1) as Instant },
  }));
  const { last, first } = toStretches(asked, 100);
  const width = (list: readonly Stretch[]) => list.filter(({ from, below }) => below - from === 1).length;
  expect([last.length, first.length]).toEqual([2_000, 1_000]);
  expect(width(last) + width(first)).toBeGreaterThanOrEqual(2_990);
});

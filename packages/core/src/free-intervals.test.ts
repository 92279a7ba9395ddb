import { describe, expect, it } from '@jest/globals';
import { freeIntervals } from './free-intervals.ts';
import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

function interval(start: number, end: number): Interval {
  return { start: start as Instant, end: end as Instant };
}

const WINDOW = interval(10, 20);

function freeOf(live: readonly [number, number][], lengthMinMs?: number): [number, number][] {
  const options = lengthMinMs === undefined ? {} : { lengthMinMs };
  const free = freeIntervals(
    WINDOW,
    live.map(([start, end]) => interval(start, end)),
    options,
  );
  return free.map(({ start, end }) => [start, end]);
}

describe('the free intervals of 10–20', () => {
  it.each<[string, [number, number][], [number, number][]]>([
    ['nothing is live', [], [[10, 20]]],
    ['one is in the middle', [[13, 15]], [[10, 13], [15, 20]]], // prettier-ignore
    ['one fills it', [[10, 20]], []],
    ['one reaches over both ends', [[5, 25]], []],
    ['one reaches in', [[5, 12]], [[12, 20]]],
    ['one reaches out', [[18, 25]], [[10, 18]]],
    ['one ends where it begins', [[5, 10]], [[10, 20]]],
    ['one begins where it ends', [[20, 25]], [[10, 20]]],
    ['two touch', [[12, 14], [14, 16]], [[10, 12], [16, 20]]], // prettier-ignore
    ['all lie before it', [[1, 2], [3, 4]], [[10, 20]]], // prettier-ignore
    ['one lies inside another', [[11, 18], [12, 13]], [[10, 11], [18, 20]]], // prettier-ignore
  ])('when %s', (_what, live, free) => {
    expect(freeOf(live)).toEqual(free);
  });

  it('exclude gaps shorter than the minimum and include gaps of exactly that length', () => {
    expect(freeOf([[12, 14], [17, 18]], 3)).toEqual([[14, 17]]); // prettier-ignore
  });

  it('are none in an empty or inverted window', () => {
    expect(freeIntervals(interval(5, 5), [])).toEqual([]);
    expect(freeIntervals(interval(6, 5), [])).toEqual([]);
    expect(freeIntervals(interval(5, 5), [], { lengthMinMs: 0 })).toEqual([]);
  });
});

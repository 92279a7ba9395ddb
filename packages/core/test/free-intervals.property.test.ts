// Compares free intervals with brute force, which checks every minute of a grid separately.

import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freeIntervals, type Instant, type Interval } from '../src/index.ts';

const MINUTE_MS = 60_000;
const CALENDARS = 1_000;

interface Case {
  readonly window: Interval;
  readonly live: readonly Interval[];
  readonly minutesMin: number;
}

function minutes(start: number, end: number): Interval {
  return { start: (start * MINUTE_MS) as Instant, end: (end * MINUTE_MS) as Instant };
}

/** Steps from the end of one appointment to the start of the next, and how long each takes. */
const calendar = fc
  .array(fc.record({ gap: fc.nat({ max: 40 }), length: fc.integer({ min: 1, max: 90 }) }), { maxLength: 40 })
  .map((steps) => {
    let at = 0;
    return steps.map(({ gap, length }) => {
      const start = at + gap;
      at = start + length;
      return minutes(start, at);
    });
  });

const cases: fc.Arbitrary<Case> = fc.record({
  window: fc
    .tuple(fc.nat({ max: 1_000 }), fc.integer({ min: 1, max: 1_500 }))
    .map(([start, length]) => minutes(start, start + length)),
  live: calendar,
  minutesMin: fc.integer({ min: 1, max: 60 }),
});

function naive({ window, live, minutesMin }: Case): Interval[] {
  const isFree = (minute: number) =>
    !live.some(({ start, end }) => start <= minute * MINUTE_MS && end > minute * MINUTE_MS);
  const found: Interval[] = [];
  let since: number | undefined;
  const last = window.end / MINUTE_MS;
  for (let minute = window.start / MINUTE_MS; minute <= last; minute++) {
    if (minute < last && isFree(minute)) {
      since ??= minute;
      continue;
    }
    if (since !== undefined && minute - since >= minutesMin) found.push(minutes(since, minute));
    since = undefined;
  }
  return found;
}

it(`free intervals are what brute force finds, on ${CALENDARS} random calendars`, () => {
  fc.assert(
    fc.property(cases, (one) => {
      const free = freeIntervals(one.window, one.live, { lengthMinMs: one.minutesMin * MINUTE_MS });
      expect(free).toEqual(naive(one));
    }),
    { numRuns: CALENDARS },
  );
});

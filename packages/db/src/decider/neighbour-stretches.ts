// The neighbourhoods of many refused books as few look-ups: every appointment is read once, although the
// neighbourhoods of one resource overlap. A thousand of them on a full calendar would else read a hundred
// thousand rows, most of them many times over, and take longer than a statement may.
//
// How: the instants of a resource from which to look are sorted, and each look-up ends where the next one begins.
// What it would have read beyond, the next one reads, because all of a resource read equally far.

import { INSTANT_MAX, INSTANT_MIN, type Instant, type Neighbourhood } from '@slotline/core';

/** One refused book's neighbourhood on the resource with this key. */
export interface KeyedNeighbourhood extends Neighbourhood {
  readonly resourceKey: number;
}

/** Up to so many live appointments of a resource that start in `[from, below)`. */
export interface Stretch {
  readonly resourceKey: number;
  readonly from: Instant;
  readonly below: Instant;
  readonly rowsMax: number;
}

export interface Stretches {
  /** Those of which the last are wanted. */
  readonly last: readonly Stretch[];
  /** Those of which the first are wanted. */
  readonly first: readonly Stretch[];
}

/** Stretches that hold all that searches of this depth may look at. */
export function toStretches(neighbourhoods: readonly KeyedNeighbourhood[], scannedMax: number): Stretches {
  const byResource = [...Map.groupBy(neighbourhoods, ({ resourceKey }) => resourceKey)].map(([key, list]) => {
    const takenAway = list.reduce((most, one) => Math.max(most, one.takenAway), 0);
    const ends = list.map(({ end }) => end);
    return {
      last: [
        ...below(list.map(({ before }) => before)).map(of(key, scannedMax + takenAway)),
        ...below(ends).map(of(key, 1 + takenAway)),
      ],
      first: from(ends).map(of(key, scannedMax + takenAway)),
    };
  });
  return { last: byResource.flatMap(({ last }) => last), first: byResource.flatMap(({ first }) => first) };
}

type Span = Pick<Stretch, 'from' | 'below'>;

function of(resourceKey: number, rowsMax: number): (span: Span) => Stretch {
  return (span) => ({ resourceKey, ...span, rowsMax });
}

function below(instants: readonly Instant[]): Span[] {
  return sorted(instants).map((instant, at, all) => ({ from: all[at - 1] ?? INSTANT_MIN, below: instant }));
}

// Every appointment starts before the last instant, because it ends later than it starts.
function from(instants: readonly Instant[]): Span[] {
  return sorted(instants).map((instant, at, all) => ({ from: instant, below: all[at + 1] ?? INSTANT_MAX }));
}

function sorted(instants: readonly Instant[]): Instant[] {
  return [...new Set(instants)].sort((a, b) => a - b);
}

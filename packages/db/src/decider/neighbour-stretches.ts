// Combines the neighbourhoods of many refused books into few look-ups that read every appointment once, although
// the neighbourhoods of one resource overlap. Otherwise a thousand of them on a full calendar would read a hundred
// thousand rows, most of them many times, and exceed the statement timeout.
//
// Method: the instants from which to search a resource are sorted, and each look-up ends where the next one begins.
// The next look-up reads what the first would have read beyond, because all look-ups of a resource have the same
// limit.

import { INSTANT_MAX, INSTANT_MIN, type Instant, type Neighbourhood } from '@slotline/core';

/** The neighbourhood of one refused book on the resource with this key. */
export interface KeyedNeighbourhood extends Neighbourhood {
  readonly resourceKey: number;
}

/** At most `rowsMax` live appointments of a resource that start in `[from, below)`. */
export interface Stretch {
  readonly resourceKey: number;
  readonly from: Instant;
  readonly below: Instant;
  readonly rowsMax: number;
}

export interface Stretches {
  /** Stretches of which the last rows are wanted. */
  readonly last: readonly Stretch[];
  /** Stretches of which the first rows are wanted. */
  readonly first: readonly Stretch[];
}

/** Returns stretches that contain everything that searches of this depth may scan. */
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

// Every appointment starts before the maximum instant, because it ends after it starts.
function from(instants: readonly Instant[]): Span[] {
  return sorted(instants).map((instant, at, all) => ({ from: instant, below: all[at + 1] ?? INSTANT_MAX }));
}

function sorted(instants: readonly Instant[]): Instant[] {
  return [...new Set(instants)].sort((a, b) => a - b);
}

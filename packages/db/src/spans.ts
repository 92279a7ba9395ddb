// How intervals that may overlap each other are found without reading everything before the window. Each row has a
// span, the class of its length; the ones of a class that reach into a window start no earlier than the length
// of the class before it. So a list is one ordered index scan for each class, merged.

import { formatInstant, INSTANT_MIN, type Instant } from '@slotline/core';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * The longest that an interval of each span is, in milliseconds, as the generated columns of the schema have it.
 * Up to a day each is twice the one before, so that few of the rows before a window end before it as well.
 * Whole hours and days are the longest of their span: calendars are full of them.
 */
export const SPAN_LENGTHS_MS = [
  15 * MINUTE,
  30 * MINUTE,
  60 * MINUTE,
  120 * MINUTE,
  240 * MINUTE,
  480 * MINUTE,
  DAY,
  7 * DAY,
  31 * DAY,
  366 * DAY,
  Number.POSITIVE_INFINITY,
] as const;

/** A place in a list that is ordered by start and then by the bytes of the id: after that appointment. */
export interface AppointmentPlace {
  readonly start: Instant;
  readonly id: string;
}

/** Where the index scan of each span begins, as columns: behind these places. */
export interface SpanPlaces {
  readonly starts: readonly string[];
  readonly ids: readonly string[];
}

/** The places behind which everything lies that ends after `from` and follows `after`. */
export function placeSpans({
  from,
  after,
}: {
  readonly from?: Instant | undefined;
  readonly after?: AppointmentPlace | undefined;
}): SpanPlaces {
  const lows = SPAN_LENGTHS_MS.map((lengthMs) => laterOf(firstReaching(from, lengthMs), after));
  return { starts: lows.map(({ start }) => formatInstant(start)), ids: lows.map(({ id }) => id) };
}

// Instants are whole milliseconds and no id is empty: what follows this place starts there or later.
function firstReaching(from: Instant = INSTANT_MIN, lengthMs: number): AppointmentPlace {
  return { start: Math.max(INSTANT_MIN, from - lengthMs + 1) as Instant, id: '' };
}

function laterOf(low: AppointmentPlace, after: AppointmentPlace | undefined): AppointmentPlace {
  return after !== undefined && after.start >= low.start ? after : low;
}

/** Where the scan of this span begins, in SQL whose second and third parameter are {@link SpanPlaces}. */
export function placeOfSpan(span: number): { readonly start: string; readonly id: string } {
  return { start: `($2::timestamptz[])[${span + 1}]`, id: `($3::text[])[${span + 1}]` };
}

/** Of any length, and so what follows the page before. */
export const PLACE_OF_PAGE = placeOfSpan(SPAN_LENGTHS_MS.length - 1);

// Finds intervals that can overlap each other without reading all rows before the window. Each row has a span, a
// class by its length. The intervals of a span that extend into a window start at most the span's length before it.
// So a list is one ordered index scan per span, merged.

import { formatInstant, INSTANT_MIN, type Instant } from '@slotline/core';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Maximum length of the intervals of each span, in milliseconds, as in the generated columns of the schema. Up to a
 * day each is twice the one before, so that few scanned rows end before the window. Whole hours and days are upper
 * bounds, because they are common in calendars.
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

/** A position in a list ordered by start and then by the bytes of the id: after that appointment. */
export interface AppointmentPlace {
  readonly start: Instant;
  readonly id: string;
}

/** The places after which the index scan of each span begins, as columns. */
export interface SpanPlaces {
  readonly starts: readonly string[];
  readonly ids: readonly string[];
}

/** The places after which all intervals lie that end after `from` and follow `after`. */
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

// Instants are whole milliseconds and no id is empty, so rows after this place start at this instant or later.
function firstReaching(from: Instant = INSTANT_MIN, lengthMs: number): AppointmentPlace {
  return { start: Math.max(INSTANT_MIN, from - lengthMs + 1) as Instant, id: '' };
}

function laterOf(low: AppointmentPlace, after: AppointmentPlace | undefined): AppointmentPlace {
  return after !== undefined && after.start >= low.start ? after : low;
}

/** Where the scan of this span begins, in SQL whose parameters 2 and 3 are {@link SpanPlaces}. */
export function placeOfSpan(span: number): { readonly start: string; readonly id: string } {
  return { start: `($2::timestamptz[])[${span + 1}]`, id: `($3::text[])[${span + 1}]` };
}

/** The place of the last span, which has no maximum length: where the previous page ended. */
export const PLACE_OF_PAGE = placeOfSpan(SPAN_LENGTHS_MS.length - 1);

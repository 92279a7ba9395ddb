// Half-open intervals `[start, end)`: what ends when another starts does not overlap it.

import type { Instant } from './instant.ts';

export interface Interval {
  readonly start: Instant;
  readonly end: Instant;
}

/** Whether two intervals share an instant. Neither may be empty: `[a, a)` overlaps nothing in PostgreSQL. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.start < b.end && b.start < a.end;
}

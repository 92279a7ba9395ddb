// The free intervals of one resource: the gaps between its live appointments inside a window. Pure; the live
// intervals are ordered, so a single pass finds every gap.

import type { Instant } from './instant.ts';
import type { Interval } from './interval.ts';

export interface FreeOptions {
  /** Gaps shorter than this are left out. Default 1: every gap there is. */
  readonly lengthMinMs?: number;
}

/**
 * The longest free intervals inside `window`, by start: each is cut by the window or touches a live interval at
 * both ends, and none is empty. `live` must be ordered by start; intervals may extend beyond the
 * window, and may touch or overlap. An empty window has no free interval.
 */
export function freeIntervals(
  window: Interval,
  live: Iterable<Interval>,
  { lengthMinMs = 1 }: FreeOptions = {},
): Interval[] {
  const free: Interval[] = [];
  const least = Math.max(1, lengthMinMs);
  const add = (start: Instant, end: Instant) => {
    if (end - start >= least) free.push({ start, end });
  };
  let freeFrom = window.start;
  for (const { start, end } of live) {
    if (start >= window.end) break;
    add(freeFrom, start);
    if (end > freeFrom) freeFrom = end;
  }
  add(freeFrom, window.end);
  return free;
}

// Spreads postponed deliveries over time. Each postponed delivery of a group gets a time after the previously
// postponed ones, at the pace at which the group is served. A delivery is therefore examined only a few
// times, and the backlog of one group takes no time from others. State is per process and in memory; losing
// it makes deliveries due earlier.

export interface Spread {
  /** How long to postpone `count` more deliveries of the group, in milliseconds; at most `maxMs`. */
  putOff(group: string, more: Postponed): number;
}

interface Postponed {
  readonly count: number;
  readonly notBeforeMs: number;
  readonly eachMs: number;
  /** Default: the longest pause, which also limits it. */
  readonly maxMs?: number;
}

export interface SpreadKnobs {
  readonly pauseMaxMs: number;
  readonly groupsMax: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

export function createSpread({ pauseMaxMs, groupsMax, now }: SpreadKnobs): Spread {
  // The latest time to which each group has postponed deliveries, in LRU order for eviction.
  const ends = new Map<string, number>();
  return {
    putOff(group, { count, notBeforeMs, eachMs, maxMs = pauseMaxMs }) {
      const nowMs = now();
      const from = Math.max(nowMs + notBeforeMs, ends.get(group) ?? 0);
      const end = Math.min(from + count * eachMs, nowMs + Math.min(maxMs, pauseMaxMs));
      ends.delete(group);
      ends.set(group, end);
      const [oldest] = ends.keys();
      if (ends.size > groupsMax && oldest !== undefined) ends.delete(oldest);
      return Math.ceil(end - nowMs);
    },
  };
}

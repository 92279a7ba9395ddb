// When the rest of a long line may come, so that it does not come all at once. Whatever is put off of a group gets
// a place behind what was put off of it before, at the pace at which the group is served: each delivery is
// looked at a few times in all, and a backlog of one group takes no time from the others. In memory: another
// process has a line of its own, and what is forgotten only comes too early.

export interface Spread {
  /** For how long to put off so many more of the group, in milliseconds; never more than the longest pause. */
  putOff(group: string, more: { count: number; notBeforeMs: number; eachMs: number }): number;
}

export interface SpreadKnobs {
  readonly pauseMaxMs: number;
  readonly groupsMax: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

export function createSpread({ pauseMaxMs, groupsMax, now }: SpreadKnobs): Spread {
  // Until when each group has something put off. The one that was put off least recently is forgotten first.
  const ends = new Map<string, number>();
  return {
    putOff(group, { count, notBeforeMs, eachMs }) {
      const nowMs = now();
      const from = Math.max(nowMs + notBeforeMs, ends.get(group) ?? 0);
      const end = Math.min(from + count * eachMs, nowMs + pauseMaxMs);
      ends.delete(group);
      ends.set(group, end);
      const [oldest] = ends.keys();
      if (ends.size > groupsMax && oldest !== undefined) ends.delete(oldest);
      return Math.ceil(end - nowMs);
    },
  };
}

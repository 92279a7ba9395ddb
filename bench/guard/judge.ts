// The verdict: the best of several readings against the baseline. Pure. A machine that is busy can only make a
// reading worse, so the best of a few is nearest to the truth.

import type { Baseline, Readings } from './guard.ts';

/** A reading may be so much over its baseline: less is noise, or nothing that one would find. */
export const TOLERANCE = 0.25;

export interface Verdict {
  readonly name: string;
  /** The best reading. */
  readonly now: number;
  /** `undefined` where the baseline does not have it. */
  readonly baseline: number | undefined;
  readonly isHeld: boolean;
}

export function bestOf(readings: readonly Readings[]): Readings {
  const best: Record<string, number> = {};
  for (const reading of readings) {
    for (const [name, value] of Object.entries(reading)) best[name] = Math.min(best[name] ?? Infinity, value);
  }
  return best;
}

/** One for each reading, in their order. What the baseline does not know is not held: it has to be renewed. */
export function judge(now: Readings, baseline: Baseline): readonly Verdict[] {
  return Object.entries(now).map(([name, value]) => {
    const known = baseline[name];
    const isHeld = known !== undefined && value <= known * (1 + TOLERANCE);
    return { name, now: value, baseline: known, isHeld };
  });
}

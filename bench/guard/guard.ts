// What a guard is: something that costs so much a request, compared with what it cost when the baseline was written. None
// of them is a time: counts are equal on every machine, and CPU is taken as a ratio to a reference in the same minute.

import type { Stage } from '../stage/stage.ts';

/** What a section found, by the names of its guards. Less is better, always. */
export type Readings = Readonly<Record<string, number>>;

/** Guards that are read together, because they share a run. */
export interface GuardSection {
  readonly name: string;
  readonly measure: (stage: Stage) => Promise<Readings>;
}

/** Names and values as a developer accepted them. */
export type Baseline = Readings;

// One measured claim: what Slotline reached and what the reference reached, round by round in one run. The
// ratio is taken inside each round, where both met the same machine, and its median is the result.

import { median } from './middle.ts';

export type Unit =
  | 'decided/s'
  | 'accepted/s'
  | 'µs CPU/request'
  | 'µs CPU/read'
  | '% refused'
  | 'ms'
  | 'rows/s'
  | 'bytes of Redis'
  | 'MB'
  | '% CPU'
  | 'times';

export interface Figure {
  /** What was measured, as the table says it. */
  readonly name: string;
  readonly unit: Unit;
  readonly reference: string;
  /** Slotline's value of each round. */
  readonly ours: readonly number[];
  /** The reference's value of the same rounds. */
  readonly theirs: readonly number[];
  /** The ratio to reach: at least for rates, at most for costs. None where only the figure is of interest. */
  readonly goal?: number;
}

export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Ours against theirs, over the rounds. */
export function ratioOf({ ours, theirs }: Pick<Figure, 'ours' | 'theirs'>): Ratio {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

/** Of a rate more is better, of a cost or a wait less. */
export function isRate(unit: Unit): boolean {
  return unit.endsWith('/s');
}

/** Whether the median ratio is as good as the goal; `undefined` without one. */
export function isReached(figure: Figure): boolean | undefined {
  if (figure.goal === undefined) return undefined;
  const { median: ratio } = ratioOf(figure);
  return isRate(figure.unit) ? ratio >= figure.goal : ratio <= figure.goal;
}

// What one costs against another, on a machine that may be twice as fast a second later.

import { median } from '../figures/middle.ts';

/** Measures what one turn of it costs. */
export type Costing = (turn: number) => Promise<number>;

/**
 * Measures both in every turn, one right after the other, every second turn the other way round, and returns the median
 * of the ratios: whatever the machine does for longer than a turn falls on both.
 */
export async function ratioByTurns(
  turns: { readonly from: number; readonly to: number },
  { ours, theirs }: { readonly ours: Costing; readonly theirs: Costing },
): Promise<number> {
  const ratios: number[] = [];
  for (let turn = turns.from; turn < turns.to; turn++) {
    const cost = { ours: 0, theirs: 0 };
    const order = turn % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const);
    for (const one of order) cost[one] = await { ours, theirs }[one](turn);
    ratios.push(cost.ours / cost.theirs);
  }
  return median(ratios);
}

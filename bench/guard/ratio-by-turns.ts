// What one costs against another, on a machine that may be twice as fast a second later.

import { alternate } from '../claims/rounds.ts';
import { ratioOf } from '../figures/figure.ts';

/** Measures what one turn of it costs. */
export type Costing = (turn: number) => Promise<number>;

/** The median of the ratios of these turns: whatever the machine does for longer than a turn falls on both. */
export async function ratioByTurns(
  turns: { readonly from: number; readonly to: number },
  { ours, theirs }: { readonly ours: Costing; readonly theirs: Costing },
): Promise<number> {
  const found = await alternate([ours, theirs], turns.to - turns.from, (costOf, round) =>
    costOf(turns.from + round - 1),
  );
  return ratioOf({ ours: found.get(ours) ?? [], theirs: found.get(theirs) ?? [] }).median;
}

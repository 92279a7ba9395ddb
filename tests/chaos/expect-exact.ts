// Compares what an import left in the stores with what the pure rules derive from its file: every figure, every row,
// and the order of every org's decisions.

import { expect } from '@jest/globals';
import type { Cluster } from './cluster.ts';
import { readFinalState } from './final-state.ts';
import { expectedOf } from './oracle.ts';

/** `told` is the importer's report. */
export async function expectExact(
  cluster: Cluster,
  { file, told }: { file: string; told: { readonly outcomes: Readonly<Record<string, number>> } },
): Promise<void> {
  const expected = await expectedOf(file);
  const final = await readFinalState(cluster);
  expect(final.violations).toEqual([]);
  for (const [orgId, steps] of expected.order) {
    expect(firstDifference(final.order.get(orgId) ?? [], steps)).toBeUndefined();
  }
  expect(told.outcomes).toEqual(expected.outcomes);
  expect(final.live).toEqual(expected.live);
  expect(final.mailboxes).toEqual([]);
}

/** Where two orders part, with what came before and after; the whole lists are too long to read. */
function firstDifference(found: readonly string[], expected: readonly string[]): object | undefined {
  const at = expected.findIndex((step, index) => step !== found[index]);
  if (at === -1 && found.length === expected.length) return undefined;
  const around = (steps: readonly string[]) => steps.slice(Math.max(0, at - 2), at + 8);
  return { at, found: around(found), expected: around(expected) };
}

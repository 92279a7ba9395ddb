import { expect, it } from '@jest/globals';
import { ratioByTurns } from './ratio-by-turns.ts';

/** A machine on which everything costs more the later it is done. */
function slowing(factorOf: (nth: number) => number) {
  let nth = 0;
  const costing = (cost: number) => async () => cost * factorOf(nth++);
  return { ours: costing(120), theirs: costing(100) };
}

it('is the ratio of the costs, whenever the machine becomes slower', async () => {
  for (const from of [0, 7, 20, 33]) {
    const ratio = await ratioByTurns(
      { from: 20, to: 40 },
      slowing((nth) => (nth >= from ? 2 : 1)),
    );
    expect(ratio).toBeCloseTo(1.2, 10);
  }
});

it('lets a machine that becomes slower all the time, or halts once, change little', async () => {
  const steady = await ratioByTurns(
    { from: 0, to: 20 },
    slowing((nth) => 1 + nth / 40),
  );
  const halted = await ratioByTurns(
    { from: 0, to: 20 },
    slowing((nth) => (nth === 11 ? 50 : 1)),
  );
  expect([steady, halted].map((ratio) => Math.abs(ratio - 1.2) < 0.02)).toEqual([true, true]);
});

it('passes the number of the turn to both', async () => {
  const turns: string[] = [];
  const costing = (name: string) => async (turn: number) => turns.push(`${name} ${turn}`);
  await ratioByTurns({ from: 4, to: 6 }, { ours: costing('ours'), theirs: costing('theirs') });
  expect(turns).toEqual(['ours 4', 'theirs 4', 'theirs 5', 'ours 5']);
});

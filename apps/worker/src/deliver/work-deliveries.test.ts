import { expect, it } from '@jest/globals';
import { inParallel } from './work-deliveries.ts';

it('gives results in order and never exceeds its concurrency', async () => {
  let underWay = 0;
  let most = 0;
  const work = async (thing: number) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    return thing * 2;
  };
  expect(await inParallel([1, 2, 3, 4, 5], 2, work)).toEqual([2, 4, 6, 8, 10]);
  expect(most).toBe(2);
  expect(await inParallel([], 2, work)).toEqual([]);
});

it('starts nothing after a failure, and throws it when all work in flight has ended', async () => {
  const begun: number[] = [];
  let isLateDone = false;
  const work = async (thing: number) => {
    begun.push(thing);
    if (thing === 1) throw new Error('first');
    await new Promise((resolve) => setImmediate(resolve));
    isLateDone = true;
    return thing;
  };
  await expect(inParallel([1, 2, 3, 4], 2, work)).rejects.toThrow('first');
  expect(begun).toEqual([1, 2]);
  expect(isLateDone).toBe(true);
});

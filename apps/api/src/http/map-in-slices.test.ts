import { expect, it } from '@jest/globals';
import { mapInSlices } from './map-in-slices.ts';

function workFor(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}

it('all items are mapped in order, with their places', async () => {
  expect(await mapInSlices(['a', 'b'], (item, at) => `${item}${at}`)).toEqual(['a0', 'b1']);
  expect(await mapInSlices([], () => 1)).toEqual([]);
});

it('other work of the process has its turn between two slices', async () => {
  let turns = 0;
  let isOver = false;
  const others = () => void (isOver || ((turns += 1), setImmediate(others)));
  setImmediate(others);
  await mapInSlices(Array.from({ length: 20 }), () => workFor(2));
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(4);
});

it('an item that throws ends it', async () => {
  const fail = () => {
    throw new Error('no');
  };
  await expect(mapInSlices([1], fail)).rejects.toThrow('no');
});

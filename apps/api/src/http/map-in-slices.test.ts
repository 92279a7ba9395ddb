import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { mapInSlices } from './map-in-slices.ts';

function workFor(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}

it('all items are mapped in order, with their indexes', async () => {
  expect(await mapInSlices(['a', 'b'], { map: (item, at) => `${item}${at}`, nextTurn })).toEqual([
    'a0',
    'b1',
  ]);
  expect(await mapInSlices([], { map: () => 1, nextTurn })).toEqual([]);
});

it('other work of the process runs between two slices', async () => {
  let turns = 0;
  let isOver = false;
  const others = () => void (isOver || ((turns += 1), setImmediate(others)));
  setImmediate(others);
  await mapInSlices(Array.from({ length: 20 }), { map: () => workFor(2), nextTurn });
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(4);
});

it('an item that throws ends the mapping', async () => {
  const fail = () => {
    throw new Error('no');
  };
  await expect(mapInSlices([1], { map: fail, nextTurn })).rejects.toThrow('no');
});

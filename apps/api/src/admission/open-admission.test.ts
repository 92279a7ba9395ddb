import { expect, it } from '@jest/globals';
import { ROOM_MIN } from './admission.ts';
import { QUANTUM } from './fair-queue.ts';
import { unitsOf } from './open-admission.ts';

it.each([
  ['a single booking', { 'content-length': '300' }, 1],
  ['a read', {}, 1],
  ['the largest body', { 'content-length': String(1024 * 1024) }, QUANTUM],
  ['a body over every limit', { 'content-length': String(2 ** 40) }, QUANTUM],
  ['a body of unknown length', { 'transfer-encoding': 'chunked' }, QUANTUM],
])('%s waits for one round at most, and is not an overload alone', (_, headers, units) => {
  expect(unitsOf({ headers })).toBe(units);
  expect(units).toBeLessThan(ROOM_MIN / 10);
});

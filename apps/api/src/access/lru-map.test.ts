import { expect, it } from '@jest/globals';
import { LruMap } from './lru-map.ts';

it('forgets what was not asked for the longest', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect(map.entries()).toEqual([
    ['a', 1],
    ['c', 3],
  ]);
  map.set('a', 4);
  expect([map.size, map.get('a'), map.get('b')]).toEqual([2, 4, undefined]);
  map.delete('a');
  map.clear();
  expect(map.size).toBe(0);
});

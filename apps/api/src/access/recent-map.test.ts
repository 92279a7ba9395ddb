import { expect, it } from '@jest/globals';
import { RecentMap } from './recent-map.ts';

function mapOf(sizeMax: number, ...keys: string[]): RecentMap<string, number> {
  const map = new RecentMap<string, number>(sizeMax);
  for (const [at, key] of keys.entries()) map.set(key, at);
  return map;
}

it('recently read entries stay, and others are evicted', () => {
  const map = mapOf(4, 'kept', 'forgotten');
  for (const key of ['x', 'y', 'z']) {
    expect(map.get('kept')).toBe(0);
    map.set(key, 9);
  }
  expect([map.get('kept'), map.get('forgotten')]).toEqual([0, undefined]);
});

it('it never grows past its limit, and half of that is always kept', () => {
  const map = new RecentMap<number, number>(10);
  for (let key = 0; key < 1_000; key++) {
    map.set(key, key);
    expect(map.size).toBeLessThanOrEqual(10);
    for (let last = Math.max(0, key - 4); last <= key; last++) {
      expect(map.entries()).toContainEqual([last, last]);
    }
  }
});

it('a key is there once, with its last value, wherever it was', () => {
  const map = mapOf(6, 'a', 'b', 'c');
  map.set('a', 7);
  expect(map.entries().filter(([key]) => key === 'a')).toEqual([['a', 7]]);
  map.delete('a');
  map.delete('c');
  expect([map.get('a'), map.get('c'), map.size]).toEqual([undefined, undefined, 1]);
  map.clear();
  expect(map.size).toBe(0);
});

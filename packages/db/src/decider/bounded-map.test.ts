import { expect, test } from '@jest/globals';

import { BoundedMap } from './bounded-map.ts';

test('a map that exceeds its limit removes its oldest entry', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('b', 3);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 3, 4]);
});

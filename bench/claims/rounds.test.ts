import { expect, test } from '@jest/globals';

import { alternate } from './rounds.ts';

test('every round measures every system once, every second one backwards', async () => {
  const order: string[] = [];
  const found = await alternate(['a', 'b'], 3, (system, round) => {
    order.push(system);
    return Promise.resolve(round);
  });
  expect(order.join('')).toBe('abbaab');
  expect(found.get('a')).toEqual([1, 2, 3]);
});

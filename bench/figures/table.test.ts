import { expect, test } from '@jest/globals';

import { toTable } from './table.ts';

test('a table says figure, reference, ratio, spread and goal, in columns', () => {
  const table = toTable([
    {
      name: 'pipeline, hot org',
      unit: 'decided/s',
      reference: 'row lock',
      ours: [9_000, 10_000, 11_000],
      theirs: [1_000, 1_000, 1_000],
      goal: 5,
    },
    { name: 'p50', unit: 'ms', reference: 'sync', ours: [3.144], theirs: [2], goal: 1.5 },
    { name: 'p99', unit: 'ms', reference: 'sync', ours: [4], theirs: [2] },
  ]);
  expect(table.split('\n')).toEqual([
    '| figure            |         Slotline | reference |          | ratio |    min–max |     goal |',
    '|-------------------|-----------------:|----------:|----------|------:|-----------:|---------:|',
    '| pipeline, hot org | 10,000 decided/s |     1,000 | row lock | 10.00 | 9.00–11.00 |  ≥ 5 yes |',
    '| p50               |          3.14 ms |      2.00 | sync     |  1.57 |  1.57–1.57 | ≤ 1.5 no |',
    '| p99               |          4.00 ms |      2.00 | sync     |  2.00 |  2.00–2.00 |          |',
  ]);
});

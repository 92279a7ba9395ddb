import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { toArrayLiteral } from '../src/sql/array-literal.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

// A failure report of fast-check contains the seed and the path.
test('PostgreSQL decodes every list of texts and nulls to the same values', async () => {
  const nasty = fc.constantFrom('', 'NULL', '"', '\\', '{}', ',', ' a ', '\n', 'null');
  const text = fc.oneof(nasty, fc.string({ unit: 'grapheme' })).map((text) => text.replaceAll('\0', ''));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (values) => {
      const rows = await it.rows('select $1::text[] as values', [toArrayLiteral(values)]);
      expect(rows).toEqual([{ values }]);
    }),
    { numRuns: 1_000 },
  );
});

test('PostgreSQL decodes numbers to the same values', async () => {
  const values = [0, -1, 2 ** 53 - 1, null];
  const rows = await it.rows('select $1::bigint[]::float8[] as values', [toArrayLiteral(values)]);
  expect(rows).toEqual([{ values }]);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { formatInstant, INSTANT_MAX, INSTANT_MIN, type Instant } from '@slotline/core';
import fc from 'fast-check';

import { toBinaryArray, type Element, type ElementType } from '../src/sql/binary-array.ts';
import { toColumns } from '../src/sql/statement.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

/** The array as PostgreSQL decodes it, each element as text. */
async function readBack(type: ElementType, values: readonly Element[]) {
  const [row] = await it.rows<{ values: string[] }>(`select $1::${type}[]::text[] as values`, [
    toBinaryArray(type, values),
  ]);
  return row?.values;
}

/** Runs lists of such values and nulls. A failure report of fast-check contains the seed and the path. */
async function eachList(
  element: fc.Arbitrary<Element>,
  holds: (values: readonly Element[]) => Promise<void>,
  numRuns = 300,
) {
  await fc.assert(fc.asyncProperty(fc.array(fc.option(element), { maxLength: 60 }), holds), { numRuns });
}

const nasty = fc.constantFrom('', 'NULL', '"', '\\', '{}', 'ä', '😀', 'x'.repeat(47) + 'ä', 'x'.repeat(100));
const text = fc.oneof(nasty, fc.string({ unit: 'grapheme' })).map((text) => text.replaceAll('\0', ''));

test('PostgreSQL decodes every list of texts and nulls to the same values', async () => {
  await eachList(
    text,
    async (values) => {
      expect(await readBack('text', values)).toEqual(values);
    },
    1_000,
  );
});

test('PostgreSQL decodes JSON to the same text', async () => {
  await eachList(fc.json(), async (values) => {
    expect(await readBack('json', values)).toEqual(values);
  });
});

test('PostgreSQL decodes request ids to the same values', async () => {
  await eachList(fc.uuid(), async (values) => {
    expect(await readBack('uuid', values)).toEqual(values);
  });
});

test('PostgreSQL decodes whole numbers to the same values', async () => {
  const toTexts = (values: readonly Element[]) =>
    values.map((value) => (value === null ? null : String(value)));
  const edges = [0, -1, 255, 256, 2 ** 31 - 1, -(2 ** 31)];
  await eachList(fc.oneof(fc.constantFrom(...edges), fc.integer()), async (values) => {
    expect(await readBack('int', values)).toEqual(toTexts(values));
  });
  const greatEdges = [2 ** 32, 2 ** 32 - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  await eachList(fc.oneof(fc.constantFrom(...edges, ...greatEdges), fc.maxSafeInteger()), async (values) => {
    expect(await readBack('bigint', values)).toEqual(toTexts(values));
  });
});

test('PostgreSQL decodes instants exactly as it does their ISO text', async () => {
  const edges = [INSTANT_MIN, INSTANT_MAX, Date.UTC(2000, 0, 1), Date.UTC(2000, 0, 1) - 1];
  const instant = fc.oneof(fc.constantFrom(...edges), fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX }));
  await eachList(instant, async (values) => {
    const texts = values.map((value) => (value === null ? null : formatInstant(value as Instant)));
    const rows = await it.rows('select $1::timestamptz[] = $2::timestamptz[] as "isEqual"', [
      toBinaryArray('timestamptz', values),
      texts,
    ]);
    expect(rows).toEqual([{ isEqual: true }]);
  });
});

test('a column that has only nulls is as long as the other columns', async () => {
  const rows = [1, 2, 3].map((n) => ({ n, text: null }));
  const columns = toColumns(rows, { n: 'int', text: 'text' });
  expect(await it.rows('select * from unnest($1::int[], $2::text[]) as k(n, text)', [...columns])).toEqual(
    rows,
  );
});

// In a pipeline the statements after one that cannot be bound would run without it.
test('encoding an array throws for no value', () => {
  const anything = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.constant(null)));
  const types: ElementType[] = ['int', 'bigint', 'timestamptz', 'uuid', 'text', 'json'];
  fc.assert(
    fc.property(fc.constantFrom(...types), anything, (type, values) => void toBinaryArray(type, values)),
  );
});

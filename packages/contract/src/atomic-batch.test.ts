// Atomic batches as clients may write them: everything that is wrong with any item is named, at once.

import { describe, expect, it } from '@jest/globals';
import { BATCH_WISHES_MAX } from '@slotline/core';
import { batchQuery, readAtomicItem, toAtomicBatch } from './atomic-batch.ts';
import { FIELD_ERRORS_MAX } from './field-error.ts';
import { parseWith } from './parse.ts';

const BOOKING = {
  start: '2030-01-01 10:00',
  end: '2030-01-01 11:00',
  createdAt: '2030-01-01 09:00',
  updatedAt: '2030-01-01 09:00',
};

function book(id: string | number, more: object = {}) {
  return { id, ...BOOKING, ...more };
}

function parse(inputs: readonly unknown[]) {
  return toAtomicBatch(inputs.map(readAtomicItem));
}

function errorsOf(inputs: readonly unknown[]): string[] {
  const parsed = parse(inputs);
  return parsed.kind === 'valid' ? [] : parsed.errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('an atomic batch', () => {
  it('has the org of its items, and them in their order', () => {
    const parsed = parse([
      book('b', { orgId: 'acme', holdSeconds: 60 }),
      { op: 'cancel', id: 'a', orgId: 'acme' },
      { op: 'confirm', id: 'c', orgId: 'acme' },
    ]);
    expect(parsed).toMatchObject({
      kind: 'valid',
      value: {
        orgId: 'acme',
        items: [
          { op: 'book', booking: { id: 'b', holdSeconds: 60 } },
          { op: 'cancel', cancellation: { id: 'a' } },
          { op: 'confirm', confirmation: { id: 'c' } },
        ],
      },
    });
  });

  it('of items without an org is of the default one', () => {
    expect(parse([book('a')])).toMatchObject({ value: { orgId: 'default' } });
    expect(errorsOf([book('a'), book('b', { orgId: 'default' })])).toEqual([]);
  });

  it(`has 1 to ${BATCH_WISHES_MAX} items`, () => {
    const items = (length: number) => Array.from({ length }, (_, at) => ({ op: 'confirm', id: at + 1 }));
    expect(errorsOf(items(BATCH_WISHES_MAX))).toEqual([]);
    expect(errorsOf(items(BATCH_WISHES_MAX + 1))).toEqual([' out-of-range']);
    expect(errorsOf([])).toEqual([' out-of-range']);
  });

  it('has ids of at most 12,800 bytes together', () => {
    const items = (length: number) =>
      Array.from({ length }, (_, at) => ({ op: 'confirm', id: `${at}`.padStart(198, 'x') }));
    expect(errorsOf(items(64))).toEqual([]);
    expect(errorsOf(items(65))).toEqual([' ids-too-long']);
  });

  it.each<[string, unknown[], string[]]>([
    ['two orgs', [book('a'), book('b', { orgId: 'acme' })], ['/1/orgId other-org']],
    ['one appointment twice', [book(7), { op: 'cancel', id: '7' }], ['/1/id duplicate-id']],
    [
      'one appointment three times',
      [book('a'), book('b'), book('a'), book('a')],
      ['/2/id duplicate-id', '/3/id duplicate-id'],
    ],
    [
      'a callback of an item',
      [book('a', { callbackUrl: 'https://example.com/' })],
      ['/0/callbackUrl not-in-atomic'],
    ],
    [
      'a bad callback of a bad item',
      [{ op: 'confirm', callbackUrl: 7 }],
      ['/0/callbackUrl not-in-atomic', '/0/id required'],
    ],
    ['a line that is no JSON', [book('a'), undefined], ['/1 malformed-json']],
    ['what is no item', [null, 7, []], ['/0 wrong-type', '/1 wrong-type', '/2 wrong-type']],
    [
      'faults in several items',
      [book('a', { end: 'never' }), book('b'), { op: 'confirm', id: '' }, { op: 'fly', ...book('c') }],
      ['/0/end invalid-timestamp', '/2/id too-short', '/3/op invalid'],
    ],
  ])('with %s is refused', (_what, inputs, errors) => {
    expect(errorsOf(inputs)).toEqual(errors);
  });

  it(`names at most ${FIELD_ERRORS_MAX} faults and says how many more there are`, () => {
    const items = Array.from({ length: BATCH_WISHES_MAX }, () => ({}));
    const parsed = parse(items);
    if (parsed.kind === 'valid') throw new Error('it parses');
    expect(parsed.errors).toHaveLength(FIELD_ERRORS_MAX);
    const ofOne = errorsOf([{}]).length;
    expect(parsed.moreErrors).toBe(BATCH_WISHES_MAX * ofOne - FIELD_ERRORS_MAX);
  });
});

describe('the query of a batch', () => {
  it.each<[object, object]>([
    [{}, { isAtomic: false }],
    [{ atomic: 'false' }, { isAtomic: false }],
    [{ atomic: 'true' }, { isAtomic: true }],
    [
      { atomic: 'true', callbackUrl: 'https://example.com/hook' },
      { isAtomic: true, callbackUrl: 'https://example.com/hook' },
    ],
  ])('%j is read', (query, value) => {
    expect(parseWith(batchQuery, query)).toEqual({ kind: 'valid', value });
  });

  it.each<[object, string]>([
    [{ atomic: '' }, '/atomic invalid'],
    [{ atomic: 'yes' }, '/atomic invalid'],
    [{ atomic: 'TRUE' }, '/atomic invalid'],
    [{ atomic: ['true', 'true'] }, '/atomic invalid'],
    [{ Atomic: 'true' }, '/Atomic unknown-field'],
    [{ callbackUrl: 'https://example.com/hook' }, '/callbackUrl only-atomic'],
    [{ atomic: 'true', callbackUrl: 'file:///etc/passwd' }, '/callbackUrl invalid-url'],
  ])('%j is refused', (query, error) => {
    const parsed = parseWith(batchQuery, query);
    if (parsed.kind === 'valid') throw new Error('it parses');
    expect(parsed.errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([error]);
  });
});

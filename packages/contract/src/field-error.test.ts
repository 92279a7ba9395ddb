// Codes and pointers are what clients program against: each is pinned here, whatever zod calls it.

import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { booking } from './booking.ts';
import {
  boundErrors,
  FIELD_ERRORS_MAX,
  NAMED_FIELD_LENGTH_MAX,
  refuse,
  toFieldErrors,
  toPointer,
} from './field-error.ts';
import { storableText } from './text.ts';

function errorsOf(schema: z.ZodType, input: unknown): string[] {
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error('it parses');
  return toFieldErrors(parsed.error, input).map(({ pointer, code }) => `${pointer} ${code}`);
}

const BOOKING = {
  id: '1',
  start: '2030-01-01 10:00',
  end: '2030-01-01 11:00',
  createdAt: '2030-01-01 09:00',
  updatedAt: '2030-01-01 09:00',
};

describe('a field error', () => {
  it.each<[string, z.ZodType, unknown, string[]]>([
    ['a missing member', z.object({ a: z.string() }), {}, ['/a required']],
    ['null', z.object({ a: z.string() }), { a: null }, ['/a wrong-type']],
    ['a short text', z.object({ a: z.string().min(2) }), { a: 'x' }, ['/a too-short']],
    ['a long text', z.object({ a: z.string().max(1) }), { a: 'xx' }, ['/a too-long']],
    ['a small number', z.object({ a: z.number().min(2) }), { a: 1 }, ['/a too-small']],
    ['a large number', z.object({ a: z.number().max(1) }), { a: 2 }, ['/a too-large']],
    ['a long list', z.object({ a: z.array(z.number()).max(1) }), { a: [1, 2] }, ['/a too-large']],
    ['a refinement of ours', z.string().refine(() => false, refuse('our-code', 'no')), 'x', [' our-code']],
    ['a refinement without a code', z.string().refine(() => false), 'x', [' invalid']],
    ['a value that is not in the list', z.object({ a: z.enum(['b']) }), { a: 'c' }, ['/a invalid']],
    [
      'something inside lists',
      z.array(z.object({ a: z.number() })),
      [{ a: 1 }, { a: 'x' }],
      ['/1/a wrong-type'],
    ],
  ])('for %s has its own code', (_what, schema, input, errors) => {
    expect(errorsOf(schema, input)).toEqual(errors);
  });

  it('names every unknown member, escaped as RFC 6901 wants', () => {
    const input = { ...BOOKING, 'a/b': 1, 'c~d': 2, '~1': 3, '': 4 };
    expect(errorsOf(booking, input)).toEqual([
      '/a~1b unknown-field',
      '/c~0d unknown-field',
      '/~01 unknown-field',
      '/ unknown-field',
    ]);
  });

  it('speaks of the alternative the client meant', () => {
    const either = z.object({
      deep: z.object({ id: z.union([storableText({ min: 1, max: 3 }), z.int().positive()]) }),
    });
    expect(errorsOf(either, { deep: { id: '' } })).toEqual(['/deep/id too-short']);
    expect(errorsOf(either, { deep: { id: -1 } })).toEqual(['/deep/id too-small']);
    expect(errorsOf(either, { deep: { id: 'a\u0000' } })).toEqual(['/deep/id not-storable-text']);
    expect(errorsOf(either, { deep: { id: true } })).toEqual(['/deep/id wrong-type']);
    expect(errorsOf(either, { deep: {} })).toEqual(['/deep/id required']);
  });

  it('keeps the whole path of a fault inside an alternative', () => {
    const nested = z.object({ a: z.union([z.array(z.object({ b: z.string().min(1) })), z.number()]) });
    expect(errorsOf(nested, { a: [{ b: 'x' }, { b: '' }] })).toEqual(['/a/1/b too-short']);
  });

  it(`is one of at most ${FIELD_ERRORS_MAX} listed, beside the number of the others`, () => {
    const errors = Array.from({ length: 60 }, (_, at) => ({
      pointer: `/${at}`,
      code: 'invalid',
      detail: '',
    }));
    const bounded = boundErrors(errors);
    expect([bounded.errors, bounded.moreErrors]).toEqual([errors.slice(0, FIELD_ERRORS_MAX), 10]);
    expect(boundErrors(errors.slice(0, 3))).toEqual({ errors: errors.slice(0, 3), moreErrors: 0 });
  });

  it('repeats no long name of a field', () => {
    const named = 'x'.repeat(NAMED_FIELD_LENGTH_MAX);
    expect(errorsOf(booking, { ...BOOKING, [named]: 1, [`${named}x`]: 1 })).toEqual([
      `/${named} unknown-field`,
      ' unknown-field',
    ]);
  });
});

describe('a pointer', () => {
  it('is empty for the whole document and counts from 0 in lists', () => {
    expect(toPointer([])).toBe('');
    expect(toPointer(['a', 0, 'b/c', 'd~e'])).toBe('/a/0/b~1c/d~0e');
  });
});

// Every parameter is what the client sent, or the query is refused.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseQuery } from './parse-query.ts';
import { ProblemError } from './problem-error.ts';

function errorsOf(query: string): string[] {
  try {
    parseQuery(query);
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return (error.options.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
  }
}

describe('a query', () => {
  it('has exactly the parameters that were sent', () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.dictionary(texts, texts, { maxKeys: 50, noNullPrototype: true }), (parameters) => {
        const query = new URLSearchParams(parameters).toString();
        expect(Object.entries(parseQuery(query))).toEqual(expect.arrayContaining(Object.entries(parameters)));
      }),
    );
  });

  it.each([null, undefined, ''])('of nothing (%j) has no parameters', (query) => {
    expect(Object.keys(parseQuery(query))).toEqual([]);
  });

  it.each([
    ['a byte that is never in UTF-8', '%ff'],
    ['a sequence that is cut off', 'a%c3'],
    ['a sequence that is cut off by another character', '%e2%82x'],
    ['an overlong sequence', '%c0%80'],
    ['a surrogate', '%ed%a0%80'],
    ['a value beyond Unicode', '%f5%80%80%80'],
    ['half of an escape', '50%'],
    ['an escape of no number', '%zz'],
  ])('with %s is refused, and the parameter is named', (_what, text) => {
    expect(errorsOf(`orgId=acme&resourceId=${text}&limit=5`)).toEqual(['/resourceId invalid-encoding']);
    expect(errorsOf(`${text}=1`)).toEqual([' invalid-encoding']);
  });

  it('lists every parameter that cannot be decoded, without long names', () => {
    expect(errorsOf(`a=%ff&b=%fe&${'x'.repeat(101)}=%fd`)).toEqual([
      '/a invalid-encoding',
      '/b invalid-encoding',
      ' invalid-encoding',
    ]);
  });

  it('with too many parameters is refused', () => {
    expect(errorsOf(`a${'&a'.repeat(49)}`)).toEqual([]);
    expect(errorsOf(`a${'&a'.repeat(50)}`)).toEqual([' too-many-fields']);
  });
});

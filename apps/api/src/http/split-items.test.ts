// Splitting finds the same items as a parser of the whole body, and stops when there are too many.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProblemError } from './problem-error.ts';
import { splitArray, splitLines } from './split-items.ts';

const MAX = 20;

function textsOf(split: typeof splitArray, body: string, max = MAX): string[] {
  return split(Buffer.from(body), max).map((item) => item.toString());
}

function codeOf(split: typeof splitArray, body: string): string {
  try {
    split(Buffer.from(body), MAX).forEach((item) => void JSON.parse(item.toString()));
    return 'none';
  } catch (error) {
    return error instanceof ProblemError ? error.code : 'malformed-item';
  }
}

describe('a JSON array', () => {
  it('is split into the texts of its items', () => {
    const body = ' [ 1 , {"a":[1,"],\\",{"]} ,\n"\\"\\\\", "é," ] \r\n';
    expect(textsOf(splitArray, body).map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(body));
    expect(textsOf(splitArray, '\ufeff[1]')).toEqual(['1']);
  });

  it('has the items that a parser of the whole body finds', () => {
    const bodies = fc.array(fc.jsonValue(), { minLength: 1, maxLength: MAX });
    fc.assert(
      fc.property(bodies, fc.constantFrom(0, 1), (values, indent) => {
        const body = JSON.stringify(values, null, indent);
        const items = textsOf(splitArray, body).map((item) => JSON.parse(item) as unknown);
        expect(items).toEqual(JSON.parse(body));
      }),
    );
  });

  it('is malformed where a parser of the whole body refuses it', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '\\',
      '1',
      'a',
      ' ',
      '"a":1',
      '{}',
      '[]',
    );
    const bodies = fc.array(pieces, { maxLength: 12 }).map((inner) => `[1,${inner.join('')}`);
    fc.assert(
      fc.property(bodies, (body) => {
        expect([body, codeOf(splitArray, body) === 'none']).toEqual([body, isJson(body)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, string]>([
    ['', 'malformed-json'],
    [' \n', 'malformed-json'],
    ['[', 'malformed-json'],
    ['[1', 'malformed-json'],
    ['["', 'malformed-json'],
    ['[1}', 'malformed-json'],
    ['[1] 2', 'malformed-json'],
    ['[1,]', 'malformed-item'],
    ['[,1]', 'malformed-item'],
    ['{}', 'invalid-request'],
    ['"[]"', 'invalid-request'],
    ['[]', 'invalid-request'],
    ['[ ]', 'invalid-request'],
  ])('%j is refused', (body, code) => {
    expect(codeOf(splitArray, body)).toBe(code);
  });

  it('of too many items is refused at the first excess item, whatever follows', () => {
    const most = Array.from({ length: MAX }, () => '1').join(',');
    expect(textsOf(splitArray, `[${most}]`)).toHaveLength(MAX);
    expect(codeOf(splitArray, `[${most},1]`)).toBe('invalid-request');
    expect(codeOf(splitArray, `[${most},1,} no JSON`)).toBe('invalid-request');
  });
});

describe('NDJSON', () => {
  it('has an item a line that is not blank', () => {
    expect(textsOf(splitLines, '\n1\r\n \t\r\n{"a":1}\n\n2')).toEqual(['1\r', '{"a":1}', '2']);
  });

  it.each(['', '\n', ' \r\n\n', '1\n'.repeat(MAX + 1)])('%j is refused', (body) => {
    expect(codeOf(splitLines, body)).toBe('invalid-request');
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

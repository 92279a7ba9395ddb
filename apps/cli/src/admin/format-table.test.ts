import { expect, test } from '@jest/globals';
import { cut, formatAge, formatTable } from './format-table.ts';

test('columns are as wide as their content, and no line ends with spaces', () => {
  expect(
    formatTable(
      ['ORG', 'WAITING', 'X'],
      [
        ['acme', '1', ''],
        ['a', '1000000', 'x'],
      ],
    ),
  ).toBe('ORG   WAITING  X\nacme  1\na     1000000  x');
});

test('characters that move the cursor or reverse the text are shown as escapes', () => {
  expect(formatTable(['ORG'], [['a\u001B[31mb\nc\u202Ed']])).toBe('ORG\na\\u{1b}[31mb\\u{a}c\\u{202e}d');
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [7_300_000, '2 h'],
  [200_000_000, '2 d'],
])('%i ms is %s', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test('a long text is cut, a short one is not', () => {
  expect([cut('abcde', 5), cut('abcdef', 5)]).toEqual(['abcde', 'abcd…']);
});

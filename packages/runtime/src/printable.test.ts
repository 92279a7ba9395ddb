import { expect, test } from '@jest/globals';
import { printable, printableJson, printableLines, SHOWN_LENGTH_MAX } from './printable.ts';

test.each([
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['\u009b31m', '\\u{9b}31m'],
  ['a\r\nb\tc\u0000\u007f', 'a\\u{d}\\u{a}b\\u{9}c\\u{0}\\u{7f}'],
  ['\u202Edlrow\u2066\u061c\u200e', '\\u{202e}dlrow\\u{2066}\\u{61c}\\u{200e}'],
  ['a\u2028b\u2029c\u0085d', 'a\\u{2028}b\\u{2029}c\\u{85}d'],
  ['a\u200bb\ufeffc\u{e0041}d\ue000', 'a\\u{200b}b\\u{feff}c\\u{e0041}d\\u{e000}'],
  ['\ud800', '\\u{d800}'],
  ['Zoë 山田 🙂 “ok” \\', 'Zoë 山田 🙂 “ok” \\'],
])('what moves, hides or forges text is shown as an escape: %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('a long text is cut before it is escaped, a pair of surrogates with it', () => {
  expect(printable('x'.repeat(SHOWN_LENGTH_MAX))).toHaveLength(SHOWN_LENGTH_MAX);
  expect(printable('x'.repeat(SHOWN_LENGTH_MAX + 1))).toBe(`${'x'.repeat(SHOWN_LENGTH_MAX)}…`);
  expect(printable('ab🙂', 3)).toBe('ab\\u{d83d}…');
});

test('lines stay lines, and nothing else does', () => {
  expect(printableLines('one\n  two\u001b\r\nthree')).toBe('one\n  two\\u{1b}\\u{d}\nthree');
});

test('JSON has the same value and no character that a terminal obeys', () => {
  const value = { 'k\u009b': ['\u001b[2J', '\u007f\u202e\u2028', '\u{e0041}🙂', '\ud800'] };
  const json = printableJson(value);
  expect(json).toMatch(/^[^\p{Cc}\p{Cf}\u2028]+$/u);
  expect(json).toContain('"k\\u009b"');
  expect(JSON.parse(json)).toEqual(value);
});

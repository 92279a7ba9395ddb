// Texts that have broken services before: what stores, logs, pages and shells trip over.

import type { Dice } from './dice.ts';

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. ';
const WIDE = [
  'ä',
  'ß',
  'é',
  'Ω',
  'я',
  '日',
  '本',
  '한',
  '🙂',
  '👩‍👩‍👧',
  '\u202e',
  '\u200d',
  '\u00a0',
  '\ufeff',
  'e\u0301',
  '\u2028',
];
const SYNTAX = [
  '"',
  "'",
  '\\',
  '/',
  '%',
  '{',
  '}',
  '*',
  '?',
  '&',
  '#',
  '<',
  '>',
  ';',
  ':',
  '$',
  '`',
  '\t',
  '\n',
  '\r',
];

/** Well-formed text of at most `max` UTF-16 units, at least `min`; never with U+0000. */
export function anyText(dice: Dice, { min, max }: { min: number; max: number }): string {
  const length = dice.chance(0.05)
    ? dice.between(min, max)
    : dice.between(min, Math.max(min, Math.min(max, 24)));
  const isWild = dice.chance(0.3);
  let text = '';
  while (text.length < length) {
    const next =
      isWild && dice.chance(0.4)
        ? dice.pick(dice.chance(0.5) ? WIDE : SYNTAX)
        : PLAIN.charAt(dice.below(PLAIN.length));
    text += text.length + next.length > length ? 'x' : next;
  }
  return text;
}

/** Each may or may not be valid where it is put. */
export const NASTY_TEXTS: readonly string[] = [
  '',
  ' ',
  '\t\r\n',
  '0',
  '-1',
  'null',
  'undefined',
  'true',
  'NaN',
  '1e400',
  '9007199254740993',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  "' or 1=1 --",
  "'; select pg_sleep(5); --",
  '$1',
  '${7*7}',
  '{{7*7}}',
  '%s%n%x',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '%2e%2e%2f',
  '%00',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'a\r\nSet-Cookie: x=y',
  'a\nINFO forged log line',
  '\u001b[31mred',
  '*',
  '{tag}:mailbox:*',
  'a:b:{c}',
  '\u202egnp.exe',
  '\u200b',
  '\ufeffbom',
  '\uffff\ufffe',
  'İi̇ıI',
  'ﬃ',
  '🙂'.repeat(60),
  'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘',
  'x'.repeat(128),
  'x'.repeat(129),
  'x'.repeat(200),
  'x'.repeat(201),
  'x'.repeat(256),
  'x'.repeat(2_001),
  'é'.repeat(5_000),
];

/** What neither UTF-8 nor PostgreSQL can hold; refused wherever text is stored. */
export const UNSTORABLE_TEXTS: readonly string[] = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfff',
  '\ud83d.\ude00',
];

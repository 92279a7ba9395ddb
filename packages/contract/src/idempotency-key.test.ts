import { expect, it } from '@jest/globals';
import { IDEMPOTENCY_KEY_LENGTH_MAX, parseIdempotencyKey } from './idempotency-key.ts';

it.each([
  ['abc', 'abc'],
  ['"abc"', 'abc'],
  ['  "abc" ', 'abc'],
  ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
  ['"', '"'],
  ['a"b', 'a"b'],
  ['x'.repeat(IDEMPOTENCY_KEY_LENGTH_MAX), 'x'.repeat(IDEMPOTENCY_KEY_LENGTH_MAX)],
  [`"${'x'.repeat(IDEMPOTENCY_KEY_LENGTH_MAX)}"`, 'x'.repeat(IDEMPOTENCY_KEY_LENGTH_MAX)],
])('%j is a key', (header, key) => {
  expect(parseIdempotencyKey(header)).toBe(key);
});

it.each([
  '',
  '   ',
  '""',
  '" "',
  'a b',
  '"a b"',
  'ä',
  'a\tb',
  'a\u0000b',
  'x'.repeat(256),
  `"${'x'.repeat(256)}"`,
])('%j is no key', (header) => {
  expect(parseIdempotencyKey(header)).toBeUndefined();
});

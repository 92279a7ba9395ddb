import { describe, expect, test } from '@jest/globals';
import { parseRetryAfter } from './retry-after.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    ['999999999', 999_999_999_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Mon, 02 Mar 2026 12:00:00 GMT', 86_400_000],
  ])('%j is read', (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected);
  });

  test.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['a negative one', '-5'],
    ['a signed one', '+5'],
    ['a fraction', '1.5'],
    ['an exponent', '1e3'],
    ['a hexadecimal one', '0x10'],
    ['a list', '5, 6'],
    ['words', 'soon'],
    ['more digits than a wait can have', '9999999999'],
    ['two headers', ['5', '6']],
    ['a date gone by', 'Sun, 01 Mar 2026 11:59:59 GMT'],
    ['now', 'Sun, 01 Mar 2026 12:00:00 GMT'],
    ['a date of another format', '2026-03-01T12:00:30Z'],
    ['a date with the wrong day of the week', 'Mon, 01 Mar 2026 12:00:30 GMT'],
    ['a date that does not exist', 'Mon, 30 Feb 2026 12:00:30 GMT'],
    ['a date of another zone', 'Sun, 01 Mar 2026 12:00:30 +0100'],
  ])('%s is no wish', (_, value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });
});

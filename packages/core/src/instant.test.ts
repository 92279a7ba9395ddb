import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holds } from '../test/arbitraries.ts';
import { instant } from '../test/requests.ts';
import {
  formatInstant,
  INSTANT_MAX,
  INSTANT_MIN,
  parseInstant,
  TIMESTAMP_LENGTH_MAX,
  toInstant,
} from './instant.ts';

const NOON = Date.UTC(2024, 1, 29, 12);

describe('parseInstant reads', () => {
  test.each([
    ['without seconds or zone, as UTC', '2024-02-29 12:00', NOON],
    ['with a T', '2024-02-29T12:00', NOON],
    ['with seconds', '2024-02-29 12:00:07', NOON + 7_000],
    ['in UTC', '2024-02-29T12:00:00Z', NOON],
    ['in lower case', '2024-02-29t12:00:00z', NOON],
    ['with an offset ahead of UTC', '2024-02-29T14:30:00+02:30', NOON],
    ['with an offset behind UTC', '2024-02-29T09:30:00-02:30', NOON],
    ['with an offset without a colon', '2024-02-29T14:30:00+0230', NOON],
    ['with a space before the time and an offset', '2024-02-29 14:30+02:30', NOON],
    ['with the largest offset', '2024-03-01T11:59+23:59', NOON],
    ['with an offset of zero, either sign', '2024-02-29T12:00-00:00', NOON],
    ['with one digit of fraction', '2024-02-29T12:00:00.5Z', NOON + 500],
    ['with two digits of fraction', '2024-02-29T12:00:00.25Z', NOON + 250],
    ['with three digits of fraction', '2024-02-29T12:00:00.007Z', NOON + 7],
    ['in the last minute of a day', '2024-02-29T23:59:59.999Z', NOON + 43_199_999],
    ['on 29 February of a year divisible by 400', '2000-02-29 00:00', Date.UTC(2000, 1, 29)],
    ['at the first instant', '1970-01-01 00:00', INSTANT_MIN],
    ['at the last instant', '9999-12-31T23:59:59.999Z', INSTANT_MAX],
    ['in 1969 on the wall, 1970 in UTC', '1969-12-31T23:00-01:00', INSTANT_MIN],
    ['at the last instant, seen from behind UTC', '9999-12-31T22:59:59.999-01:00', INSTANT_MAX],
  ])('a time %s', (_, text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });
});

describe('parseInstant refuses', () => {
  test.each([
    ['30 February', '2024-02-30 12:00'],
    ['29 February of a common year', '2023-02-29 12:00'],
    ['29 February of a year divisible by 100', '2100-02-29 12:00'],
    ['31 April', '2024-04-31 12:00'],
    ['day 0', '2024-01-00 12:00'],
    ['day 32', '2024-01-32 12:00'],
    ['month 0', '2024-00-10 12:00'],
    ['month 13', '2024-13-10 12:00'],
    ['24:00', '2024-02-29 24:00'],
    ['minute 60', '2024-02-29 12:60'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['an offset of a day', '2024-02-29T12:00+24:00'],
    ['an offset with minute 60', '2024-02-29T12:00+02:60'],
    ['an offset in hours alone', '2024-02-29T12:00+02'],
    ['a zone by name', '2024-02-29T12:00 CET'],
    ['microseconds', '2024-02-29T12:00:00.0001Z'],
    ['a point without a fraction', '2024-02-29T12:00:00.Z'],
    ['a comma before the fraction', '2024-02-29T12:00:00,5Z'],
    ['a fraction of a minute', '2024-02-29T12:00.5Z'],
    ['a date alone', '2024-02-29'],
    ['an hour alone', '2024-02-29T12'],
    ['a year of two digits', '24-02-29 12:00'],
    ['a year of five digits', '10000-01-01 00:00'],
    ['a signed year', '+2024-02-29 12:00'],
    ['year 0099, which Date.UTC takes for 1999', '0099-02-28 12:00'],
    ['year 0999', '0999-02-28 12:00'],
    ['the last instant before 1970', '1969-12-31T23:59:59.999Z'],
    ['1970 on the wall, 1969 in UTC', '1970-01-01T00:59:59.999+01:00'],
    ['9999 on the wall, 10000 in UTC', '9999-12-31T23:59:59.999-00:01'],
    ['Arabic digits', '٢٠٢٤-02-29 12:00'],
    ['full-width digits', '\uff12\uff10\uff12\uff14-02-29 12:00'],
    ['a minus sign that is no hyphen', '2024−02−29 12:00'],
    ['two spaces', '2024-02-29  12:00'],
    ['a tab', '2024-02-29\t12:00'],
    ['space around', ' 2024-02-29 12:00 '],
    ['a line break behind', '2024-02-29 12:00\n'],
    ['milliseconds since the epoch', '1709208000000'],
    ['nothing', ''],
    ['what would be read, but for its length', `2024-02-29T12:00:00.${'0'.repeat(TIMESTAMP_LENGTH_MAX)}Z`],
  ])('%s', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('a text of any length at once', () => {
    expect(parseInstant('2'.repeat(10_000_000))).toBeUndefined();
  });
});

describe('toInstant', () => {
  test.each([INSTANT_MIN, 1, INSTANT_MAX])('takes %d', (ms) => {
    expect(toInstant(ms)).toBe(ms);
  });

  test.each([INSTANT_MIN - 1, INSTANT_MAX + 1, 0.5, NaN, Infinity, -Infinity])('refuses %d', (ms) => {
    expect(toInstant(ms)).toBeUndefined();
  });
});

const instants = fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX }).map(instant);

/** Texts near the grammar: every part may be a little wrong. */
const nearTimestamps = fc
  .record({
    year: fc.integer({ min: 1960, max: 10_001 }),
    month: fc.integer({ min: 0, max: 13 }),
    day: fc.integer({ min: 0, max: 32 }),
    separator: fc.constantFrom('T', 't', ' '),
    hour: fc.integer({ min: 0, max: 25 }),
    minute: fc.integer({ min: 0, max: 61 }),
    second: fc.constantFrom('', ':00', ':59', ':60', ':07.5', ':07.25', ':07.125', ':07.0625'),
    zone: fc.constantFrom('Z', 'z', '+00:00', '-00:00', '+05:45', '-0330', '+23:59', '-23:59', '+24:00'),
  })
  .map(({ year, month, day, separator, hour, minute, second, zone }) => {
    const two = (part: number) => String(part).padStart(2, '0');
    return `${year}-${two(month)}-${two(day)}${separator}${two(hour)}:${two(minute)}${second}${zone}`;
  });

/** The grammar. Groups: year, month, day, hour, minute, second, fraction, sign, zone hour, zone minute. */
const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[ Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))?$/;

/** A second implementation of parseInstant, by the grammar and by Date. */
function readByGrammar(text: string): number | undefined {
  const parts = text.length <= TIMESTAMP_LENGTH_MAX ? TIMESTAMP.exec(text) : null;
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts.slice(1, 6).map(Number);
  const [second = '0', fraction = '', sign = '+', zoneHour = '0', zoneMinute = '0'] = parts.slice(6);
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDate = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1;
  const isTime = Math.max(hour, +zoneHour) < 24 && Math.max(minute, +second, +zoneMinute) < 60;
  if (!isDate || !isTime) return undefined;
  const local = date.setUTCHours(hour, minute, +second, +fraction.padEnd(3, '0'));
  return toInstant(local - (+zoneHour * 60 + +zoneMinute) * 60_000 * (sign === '-' ? -1 : 1));
}

/** Timestamps with a few characters changed, left out or put in. */
const spoiled = fc
  .tuple(
    nearTimestamps,
    fc.array(
      fc.record({
        at: fc.nat(32),
        out: fc.nat(2),
        text: fc.constantFrom('', '0', '1', '9', ':', '-', '+', '.', ' ', 'T', 'Z', '/', '\u0660'),
      }),
      { maxLength: 2 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce(
      (edited, { at, out, text: put }) => edited.slice(0, at) + put + edited.slice(at + out),
      text,
    ),
  );

describe('for every text and instant', () => {
  test('parseInstant reads what is of the grammar, and nothing else', () => {
    let read = 0;
    holds(spoiled, (text) => {
      const instant = parseInstant(text);
      if (instant !== undefined) read += 1;
      assert.equal(instant, readByGrammar(text), text);
    });
    expect(read).toBeGreaterThan(100);
  });

  test('what formatInstant writes, parseInstant reads back', () => {
    holds(instants, (at) => assert.equal(parseInstant(formatInstant(at)), at));
  });

  test('what both parseInstant and Date.parse read, they read the same', () => {
    let readByBoth = 0;
    holds(nearTimestamps, (text) => {
      const ours = parseInstant(text);
      const theirs = Date.parse(text);
      if (ours === undefined || Number.isNaN(theirs)) return;
      readByBoth++;
      assert.equal(ours, theirs);
    });
    expect(readByBoth).toBeGreaterThan(100);
  });

  test('a text without a zone is read as if it ended in Z', () => {
    holds(instants, (at) => {
      const text = formatInstant(at);
      assert.equal(parseInstant(text.slice(0, -1).replace('T', ' ')), at);
    });
  });

  test('parseInstant throws at nothing', () => {
    holds(fc.string({ unit: 'binary' }), (text) => assert.doesNotThrow(() => parseInstant(text)));
  });
});

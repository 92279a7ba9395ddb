// Points in time as whole milliseconds since 1970-01-01T00:00:00Z. A wire timestamp is either refused or
// read exactly; nothing here rounds, guesses a zone or looks at a clock.

declare const instant: unique symbol;

/** Milliseconds since the epoch, between {@link INSTANT_MIN} and {@link INSTANT_MAX}, both included. */
export type Instant = number & { readonly [instant]: true };

/** 1970-01-01T00:00:00.000Z: the wire speaks of the years 1970–9999 only. */
export const INSTANT_MIN = 0 as Instant;
/** 9999-12-31T23:59:59.999Z: the last instant with a four-digit year. */
export const INSTANT_MAX = 253_402_300_799_999 as Instant;

// Groups: year, month, day, hour, minute, second, fraction, zone, sign, zone hour, zone minute.
const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[ Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?([Zz]|([+-])(\d{2}):?(\d{2}))?$/;

/** The longest text that {@link parseInstant} reads; longer ones are refused unread. */
export const TIMESTAMP_LENGTH_MAX = 32;

/**
 * Reads `YYYY-MM-DD HH:MM[:SS[.mmm]]` (UTC) or ISO 8601 with `Z` or an offset of less than a day.
 * Returns `undefined` for anything else: dates and times that do not exist (30 February, 24:00, leap
 * seconds), more than milliseconds, and instants outside 1970–9999.
 */
export function parseInstant(text: string): Instant | undefined {
  if (text.length > TIMESTAMP_LENGTH_MAX) return undefined;
  const found = TIMESTAMP.exec(text);
  if (found === null) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = '0',
    fraction = '',
    ,
    sign,
    zoneHour = '0',
    zoneMinute = '0',
  ] = found;
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  if (!isTimeOfDay(Number(hour), Number(minute), Number(second))) return undefined;
  if (!isTimeOfDay(Number(zoneHour), Number(zoneMinute), 0)) return undefined;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0')),
  );
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000 * (sign === '-' ? -1 : 1);
  return toInstant(local - offset);
}

/** The instant of that many milliseconds since the epoch, or `undefined` when it is no such instant. */
export function toInstant(ms: number): Instant | undefined {
  return Number.isInteger(ms) && ms >= INSTANT_MIN && ms <= INSTANT_MAX ? (ms as Instant) : undefined;
}

/** ISO 8601 in UTC with milliseconds, as every response writes times; `parseInstant` reads it back exactly. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}

// Date.UTC maps the years 0–99 to 1900–1999 and rolls 30 February over to March, so the parts are judged first.
function isDate(year: number, month: number, day: number): boolean {
  return year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function isTimeOfDay(hour: number, minute: number, second: number): boolean {
  return hour <= 23 && minute <= 59 && second <= 59;
}

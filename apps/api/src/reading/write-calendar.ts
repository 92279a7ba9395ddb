// Appointments as iCalendar (RFC 5545), so that subscribed programs see moves and cancellations: the UID
// identifies the appointment, SEQUENCE counts its versions, and a cancelled appointment stays with status
// cancelled. A calendar is the head, any number of events, and the end; every line ends with CRLF and has at
// most 75 octets.

import { formatInstant, type AppointmentStatus, type Instant } from '@slotline/core';
import type { AppointmentRecord } from '@slotline/db';

/** Maximum octets of UTF-8 of a title and a description; longer ones are cut. */
export const CALENDAR_TEXT_BYTES_MAX = 1_024;
/** Refresh interval of subscribers; an unchanged calendar is answered with 304. */
const REFRESH = 'PT5M';
const LINE_OCTETS_MAX = 75;
const OCTETS_PER_UNIT_MAX = 4;
const LINE_END = '\r\n';

const STATUSES: Readonly<Record<AppointmentStatus, 'CONFIRMED' | 'TENTATIVE' | 'CANCELLED'>> = {
  booked: 'CONFIRMED',
  held: 'TENTATIVE',
  cancelled: 'CANCELLED',
  expired: 'CANCELLED',
};

/** Everything before the events; `name` is the name that programs show. */
export function writeCalendarHead(name: string): string {
  const shown = escapeText(name);
  return toLines([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Slotline//Appointments//EN',
    'METHOD:PUBLISH',
    `NAME:${shown}`,
    `X-WR-CALNAME:${shown}`,
    `REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}`,
    `X-PUBLISHED-TTL:${REFRESH}`,
  ]);
}

export const CALENDAR_END = `END:VCALENDAR${LINE_END}`;

/** One appointment as an event; takes about 10 µs. */
export function writeEvent(record: AppointmentRecord): string {
  const { summary, description } = describe(record);
  const recordedAt = formatTime(record.recordedAt);
  return toLines([
    'BEGIN:VEVENT',
    `UID:${encodeURIComponent(record.id)}@${encodeURIComponent(record.orgId)}`,
    `SEQUENCE:${record.version - 1}`,
    `DTSTAMP:${recordedAt}`,
    `DTSTART:${formatTime(record.start)}`,
    `DTEND:${formatTime(record.end)}`,
    `SUMMARY:${escapeText(summary)}`,
    ...(description === undefined ? [] : [`DESCRIPTION:${escapeText(description)}`]),
    `STATUS:${STATUSES[record.status]}`,
    `CREATED:${formatTime(record.createdAt)}`,
    `LAST-MODIFIED:${recordedAt}`,
    'END:VEVENT',
  ]);
}

function describe({ id, metadata }: AppointmentRecord): { summary: string; description: string | undefined } {
  const facts = metadata === null ? {} : (JSON.parse(metadata) as Record<string, unknown>);
  return {
    summary: textOf(facts['title']) ?? textOf(facts['summary']) ?? `Appointment ${id}`,
    description: textOf(facts['description']) ?? textOf(facts['notes']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? cut(value) : undefined;
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= CALENDAR_TEXT_BYTES_MAX) return text;
  const kept = bytes.subarray(0, CALENDAR_TEXT_BYTES_MAX - Buffer.byteLength('…')).toString();
  // The last character may be incomplete.
  return `${kept.replace(/\u{fffd}+$/u, '')}…`;
}

/** The value of a text property (RFC 5545, 3.3.11), without controls and lone surrogates. */
function escapeText(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- controls are what this is about
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
      .replaceAll(/[\\;,]/g, String.raw`\$&`)
      .replaceAll(/\r\n|\r|\n/g, String.raw`\n`)
  );
}

/** `20301010T202000Z`: UTC, in whole seconds. */
function formatTime(at: Instant): string {
  return formatInstant(at).replaceAll(/[-:]|\.\d+/g, '');
}

function toLines(lines: readonly string[]): string {
  return lines.map((line) => fold(line) + LINE_END).join('');
}

/** Folds a line before the character that would not fit (RFC 5545, 3.1). */
function fold(line: string): string {
  if (line.length * OCTETS_PER_UNIT_MAX <= LINE_OCTETS_MAX) return line;
  let folded = '';
  let from = 0;
  let octets = 0;
  for (let at = 0; at < line.length; at++) {
    const unit = line.charCodeAt(at);
    const size = octetsOf(unit);
    if (octets + size > LINE_OCTETS_MAX) {
      folded += `${line.slice(from, at)}${LINE_END} `;
      from = at;
      octets = 1;
    }
    octets += size;
  }
  return folded + line.slice(from);
}

/**
 * UTF-8 octets of a UTF-16 unit: the first half of a surrogate pair counts all four, so that no pair is
 * split.
 */
function octetsOf(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (unit < 0xd800 || unit > 0xdfff) return 3;
  return unit < 0xdc00 ? 4 : 0;
}

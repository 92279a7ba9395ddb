// Reads calendars back with an independent parser.

import { describe, expect, it } from '@jest/globals';
import type { Instant } from '@slotline/core';
import type { AppointmentRecord } from '@slotline/db';
import ICAL from 'ical.js';
import { CALENDAR_END, CALENDAR_TEXT_BYTES_MAX, writeCalendarHead, writeEvent } from './write-calendar.ts';

const RECORD: AppointmentRecord = {
  id: '42',
  orgId: 'acme',
  resourceId: 'room-1',
  start: Date.parse('2030-10-10T20:20:00Z') as Instant,
  end: Date.parse('2030-10-10T20:30:00Z') as Instant,
  createdAt: Date.parse('2030-09-02T14:23:12Z') as Instant,
  updatedAt: Date.parse('2030-09-28T14:23:12Z') as Instant,
  recordedAt: Date.parse('2030-09-28T14:23:13.500Z') as Instant,
  status: 'booked',
  heldUntil: null,
  version: 1,
  metadata: null,
};

function write(record: Partial<AppointmentRecord>, name = 'acme'): string {
  return writeCalendarHead(name) + writeEvent({ ...RECORD, ...record }) + CALENDAR_END;
}

function parse(text: string): InstanceType<typeof ICAL.Component> {
  return new ICAL.Component(ICAL.parse(text) as unknown[]);
}

function eventOf(record: Partial<AppointmentRecord>): InstanceType<typeof ICAL.Component> {
  const [event, ...others] = parse(write(record)).getAllSubcomponents('vevent');
  if (event === undefined || others.length > 0) throw new Error('not one event');
  return event;
}

function valueOf(component: InstanceType<typeof ICAL.Component>, name: string): unknown {
  const value: unknown = component.getFirstPropertyValue(name);
  return value instanceof ICAL.Time || value instanceof ICAL.Duration ? value.toString() : value;
}

const NASTY = [
  'commas, semicolons; backslashes \\ and \\n that is none',
  'two\nlines\n\nand more',
  '"quotes" and :colons:',
  '🪟'.repeat(60),
  'ä€🪟'.repeat(30),
  ' leading and trailing ',
  'BEGIN:VEVENT',
  'x'.repeat(74),
  'x'.repeat(75),
  `${'x'.repeat(66)}ä€🪟`,
  'tab\tinside',
];

describe('a calendar', () => {
  it('has its name, type and refresh interval', () => {
    const calendar = parse(write({}, 'acme: Fenster, 1'));
    expect(
      ['version', 'prodid', 'method', 'name', 'x-wr-calname', 'x-published-ttl'].map((name) =>
        valueOf(calendar, name),
      ),
    ).toEqual([
      '2.0',
      '-//Slotline//Appointments//EN',
      'PUBLISH',
      // The parser has no text type for these two and leaves them escaped.
      'acme: Fenster\\, 1',
      'acme: Fenster\\, 1',
      'PT5M',
    ]);
    expect(valueOf(calendar, 'refresh-interval')).toBe('PT5M');
  });

  it('without appointments is valid', () => {
    const text = writeCalendarHead('acme') + CALENDAR_END;
    expect(parse(text).getAllSubcomponents()).toEqual([]);
    expect(text).toMatch(/^BEGIN:VCALENDAR\r\n.*\r\nEND:VCALENDAR\r\n$/s);
  });

  it('has times in UTC and the fields that subscribers update by', () => {
    const event = eventOf({ version: 3 });
    const names = ['uid', 'sequence', 'dtstart', 'dtend', 'dtstamp', 'created', 'last-modified', 'summary'];
    expect(names.map((name) => valueOf(event, name))).toEqual([
      '42@acme',
      2,
      '2030-10-10T20:20:00Z',
      '2030-10-10T20:30:00Z',
      '2030-09-28T14:23:13Z',
      '2030-09-02T14:23:12Z',
      '2030-09-28T14:23:13Z',
      'Appointment 42',
    ]);
    expect(event.hasProperty('description')).toBe(false);
  });

  it.each([
    ['booked', 'CONFIRMED'],
    ['held', 'TENTATIVE'],
    ['cancelled', 'CANCELLED'],
    ['expired', 'CANCELLED'],
  ] as const)('shows %s as %s', (status, shown) => {
    expect(valueOf(eventOf({ status }), 'status')).toBe(shown);
  });

  it('keeps the UID of an appointment across versions, distinct from any other', () => {
    const uid = (record: Partial<AppointmentRecord>) => valueOf(eventOf(record), 'uid');
    expect(uid({ version: 9, status: 'cancelled', resourceId: 'other' })).toBe(uid({}));
    const others = [{ id: 'a@b', orgId: 'c' }, { id: 'a', orgId: 'b@c' }, { id: 'a\r\nb', orgId: 'c' }, { id: 'ä', orgId: 'c' }]; // prettier-ignore
    const uids = others.map(uid);
    expect(new Set(uids).size).toBe(others.length);
    expect(uids).toEqual(uids.map(() => expect.stringMatching(/^[!-~]+$/)));
  });

  it.each(NASTY)('preserves a title and a description: %j', (text) => {
    const event = eventOf({ metadata: JSON.stringify({ title: text, description: text }) });
    expect([valueOf(event, 'summary'), valueOf(event, 'description')]).toEqual([text, text]);
  });

  it.each(NASTY)('has no line over 75 octets, and each ends with CRLF: %j', (text) => {
    const lines = write({ id: text, metadata: JSON.stringify({ title: text, notes: text }) }, text).split(
      '\r\n',
    );
    expect(lines.at(-1)).toBe('');
    expect(lines.filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
    // A character cut in two by a fold would not be valid UTF-8.
    expect(lines.filter((line) => /[\r\n]/.test(line) || !line.isWellFormed())).toEqual([]);
  });

  it('normalises line breaks, and omits characters that iCalendar cannot represent', () => {
    const event = eventOf({ metadata: JSON.stringify({ title: 'a\r\nb\rc\u0007\u001b\ud800d' }) });
    expect(valueOf(event, 'summary')).toBe('a\nb\nc\ufffdd');
  });

  it.each(['x', 'ä', '€', '🪟'])(
    'cuts a title and a description at 1 kB, between characters: %s',
    (character) => {
      const text = character.repeat(4_000);
      const event = eventOf({ metadata: JSON.stringify({ title: text, notes: text }) });
      for (const name of ['summary', 'description']) {
        const shown = String(valueOf(event, name));
        expect(shown).toBe(`${character.repeat((shown.length - 1) / character.length)}…`);
        const bytes = Buffer.byteLength(shown);
        expect([bytes <= CALENDAR_TEXT_BYTES_MAX, bytes > CALENDAR_TEXT_BYTES_MAX - 5]).toEqual([true, true]);
      }
    },
  );

  it('does not let a name inject lines', () => {
    const name = 'acme\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT';
    const calendar = parse(write({ orgId: name }, name));
    expect(calendar.getAllSubcomponents()).toHaveLength(1);
    expect(valueOf(calendar, 'name')).toBe(name.replaceAll('\r\n', '\\n'));
  });

  it.each([
    [{ title: 'T', summary: 'S', description: 'D', notes: 'N' }, 'T', 'D'],
    [{ summary: 'S', notes: 'N' }, 'S', 'N'],
    [{ title: 7, summary: '', description: null, notes: ['n'] }, 'Appointment 42', null],
    [{ title: { text: 'x' } }, 'Appointment 42', null],
  ])(
    'takes title and description from metadata if they are strings: %j',
    (metadata, summary, description) => {
      const event = eventOf({ metadata: JSON.stringify(metadata) });
      expect([valueOf(event, 'summary'), valueOf(event, 'description')]).toEqual([summary, description]);
    },
  );
});

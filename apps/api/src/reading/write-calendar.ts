// Appointments as iCalendar (RFC 5545), written so that a program that subscribed sees moves and cancellations of
// what it has: the UID belongs to the appointment for ever, SEQUENCE counts its versions, and what is cancelled stays
// in the calendar as cancelled. The library escapes and folds; what it does not escape is made harmless here.

import { formatInstant, type AppointmentStatus, type Instant } from '@slotline/core';
import type { AppointmentRecord } from '@slotline/db';
import {
  escape,
  foldLines,
  ICalCalendar,
  ICalCalendarMethod,
  ICalEvent,
  ICalEventStatus,
} from 'ical-generator';

/** How often a subscriber should ask again; what has not changed is answered with 304. */
const REFRESH_S = 300;
const END = 'END:VCALENDAR';

const STATUSES: Readonly<Record<AppointmentStatus, ICalEventStatus>> = {
  booked: ICalEventStatus.CONFIRMED,
  held: ICalEventStatus.TENTATIVE,
  cancelled: ICalEventStatus.CANCELLED,
  expired: ICalEventStatus.CANCELLED,
};

export interface CalendarWriter {
  add(records: readonly AppointmentRecord[]): void;
  /** The whole calendar, its lines ended by CRLF and at most 75 octets long. */
  end(): string;
}

/** A calendar that is written page by page; `name` is what programs show it as. */
export function writeCalendar(name: string): CalendarWriter {
  const calendar = new ICalCalendar({
    prodId: { company: 'Slotline', product: 'Appointments', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    name: escape(printable(name), false),
    ttl: REFRESH_S,
  });
  const head = calendar.toString().slice(0, -END.length);
  const events: string[] = [];
  return {
    add(records) {
      for (const record of records) events.push(foldLines(toEvent(record, calendar).toString()));
    },
    end: () => `${head}${events.join('')}${END}\r\n`,
  };
}

function toEvent(record: AppointmentRecord, calendar: ICalCalendar): ICalEvent {
  const { summary, description } = describe(record);
  return new ICalEvent(
    {
      id: `${encodeURIComponent(record.id)}@${encodeURIComponent(record.orgId)}`,
      sequence: record.version - 1,
      start: toDate(record.start),
      end: toDate(record.end),
      stamp: toDate(record.recordedAt),
      created: toDate(record.createdAt),
      lastModified: toDate(record.recordedAt),
      status: STATUSES[record.status],
      summary,
      ...(description === undefined ? {} : { description }),
    },
    calendar,
  );
}

function describe({ id, metadata }: AppointmentRecord): { summary: string; description: string | undefined } {
  const facts = metadata === null ? {} : (JSON.parse(metadata) as Record<string, unknown>);
  return {
    summary: textOf(facts['title']) ?? textOf(facts['summary']) ?? printable(`Appointment ${id}`),
    description: textOf(facts['description']) ?? textOf(facts['notes']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? printable(value) : undefined;
}

/** Without what RFC 5545 has no way to say: control characters but for tabs and line breaks, and lone surrogates. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- controls are what this is about
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');
}

function toDate(at: Instant): string {
  return formatInstant(at);
}

// Streams one calendar page by page: the next page is read only after the client has taken the current one. A
// calendar of any length needs the memory of one page.

import type { Instant } from '@slotline/core';
import {
  listAppointments,
  type AppointmentRecord,
  type AppointmentsQuery,
  type Database,
} from '@slotline/db';
import type { Response } from 'express';
import { SLICE_BYTES } from '../http/answer-list.ts';
import { writeDrained } from '../http/write-drained.ts';
import { CALENDAR_END, writeCalendarHead, writeEvent } from './write-calendar.ts';

/** Maximum number of events in one answer: a calendar program keeps them all in memory. */
const ICS_EVENTS_MAX = 10_000;
/** Appointments in one query, which also ends at a byte limit, as every page does. */
const EVENTS_PER_PAGE = 500;

export type CalendarQuery = Omit<AppointmentsQuery, 'limit' | 'offset'>;

export interface Calendar {
  /** The events of the first page. */
  readonly first: Awaited<ReturnType<typeof listAppointments>>;
  /** The last event of the answer, when more exist. */
  readonly end: CalendarPlace | undefined;
}

interface CalendarPlace {
  readonly start: Instant;
  readonly id: string;
}

/** Runs one read of the calendar, a page each, so that other orgs can read in between. */
export type ReadCalendar = <T>(read: (db: Database) => Promise<T>) => Promise<T>;

/** Reads the first page and finds the end of the answer, which must be known before anything is written. */
export async function openCalendar(db: Database, query: CalendarQuery): Promise<Calendar> {
  const first = await listAppointments(db, { ...query, limit: EVENTS_PER_PAGE, offset: 0 });
  if (first.next === undefined) return { first, end: undefined };
  const offset = ICS_EVENTS_MAX - first.appointments.length - 1;
  const last = await listAppointments(db, { ...query, after: first.next, limit: 1, offset });
  return { first, end: last.next };
}

export interface CalendarAnswer {
  /** The name that calendar programs show. */
  readonly name: string;
  readonly query: CalendarQuery;
  readonly calendar: Calendar;
  readonly read: ReadCalendar;
  /** Resolves when the next slice may be written. */
  nextTurn(): Promise<void>;
}

/** Writes the whole answer, or as much as the client takes. */
export async function streamCalendar(
  res: Response,
  { name, query, calendar, read, nextTurn }: CalendarAnswer,
): Promise<void> {
  let page = calendar.first;
  let text = writeCalendarHead(name);
  for (;;) {
    const events = page.appointments.filter((event) => !isBehind(event, calendar.end));
    for (const event of events) {
      text += writeEvent(event);
      if (text.length < SLICE_BYTES) continue;
      if (!(await writeDrained(res, Buffer.from(text)))) return;
      text = '';
      await nextTurn();
    }
    if (page.next === undefined || isAt(page.next, calendar.end)) break;
    const next = { ...query, after: page.next, limit: EVENTS_PER_PAGE, offset: 0 };
    page = await read((db) => listAppointments(db, next));
  }
  res.end(text + CALENDAR_END);
}

function isAt(place: CalendarPlace, end: CalendarPlace | undefined): boolean {
  return end !== undefined && !isBehind(end, place);
}

/** Whether the event comes after `end` in list order: by start, then by the bytes of the id. */
function isBehind(event: CalendarPlace | AppointmentRecord, end: CalendarPlace | undefined): boolean {
  if (end === undefined || event.start < end.start) return false;
  return event.start > end.start || Buffer.compare(Buffer.from(event.id), Buffer.from(end.id)) > 0;
}

// The reads whose growth is measured: every list and every as-of read, at places where a long calendar returns as much
// as a short one.

import type { Instant } from '@slotline/core';
import {
  findAppointment,
  findSequences,
  listAppointments,
  listChanges,
  listLiveIntervals,
  listRequests,
  listVersions,
  type AppointmentsQuery,
  type Database,
  type RequestsQuery,
} from '@slotline/db';
import { CALENDAR_SLOT_MS, CALENDAR_START_MS, calendarEndMs, type Calendar } from '../load/calendar.ts';

/** A calendar in a database, and instants at which its org knew so much. */
export interface Site {
  readonly db: Database;
  readonly calendar: Calendar;
  /** When the first thousand versions were recorded. */
  readonly earlyMs: number;
  /** When half of them were. */
  readonly middleMs: number;
}

export interface CalendarRead {
  readonly name: string;
  /** Resolves with how much was found, so that two sites can be compared. */
  readonly read: (site: Site) => Promise<number>;
}

const LIMIT = 100;
const DAY_MS = 24 * 3_600_000;
const ROOM = { resourceId: 'room-7' };
const APPOINTMENT = 'appointment-600';

function list(name: string, query: (site: Site) => Partial<AppointmentsQuery>): CalendarRead {
  const read = async (site: Site) => {
    const { orgId } = site.calendar;
    const asked = { orgId, status: 'booked', limit: LIMIT, offset: 0, ...query(site) } as const;
    return (await listAppointments(site.db, asked)).appointments.length;
  };
  return { name, read };
}

function requests(name: string, query: Partial<RequestsQuery>): CalendarRead {
  const read = async ({ db, calendar: { orgId } }: Site) =>
    (await listRequests(db, { orgId, limit: LIMIT, ...query })).requests.length;
  return { name, read };
}

function find(name: string, at: (site: Site) => Instant | undefined): CalendarRead {
  const read = async (site: Site) => {
    const { orgId } = site.calendar;
    return (
      (await findAppointment(site.db, { orgId, appointmentId: APPOINTMENT, at: at(site) }))?.version ?? 0
    );
  };
  return { name, read };
}

function taken(name: string, resource: { resourceId?: string }): CalendarRead {
  const read = async (site: Site) => {
    const { orgId } = site.calendar;
    const window = { orgId, ...middle(site), resourcesMax: LIMIT, intervalsMax: LIMIT };
    return (await listLiveIntervals(site.db, { ...window, ...resource })).length;
  };
  return { name, read };
}

/** Three hours, long enough for a page where there are fifty resources. */
function middle({ calendar }: Site): { from: Instant; to: Instant } {
  const slots = Math.floor((calendarEndMs(calendar) - CALENDAR_START_MS) / CALENDAR_SLOT_MS / 2);
  const fromMs = CALENDAR_START_MS + slots * CALENDAR_SLOT_MS;
  return { from: fromMs as Instant, to: (fromMs + 4 * CALENDAR_SLOT_MS) as Instant };
}

const all = { status: 'all' } as const;
const early = ({ earlyMs }: Site) => earlyMs as Instant;
const halfway = ({ middleMs }: Site) => middleMs as Instant;
/** When everything was recorded. */
const now = ({ calendar }: Site) => (calendarEndMs(calendar) + 100 * DAY_MS) as Instant;
/** No appointment that starts this much later was recorded yet. */
const unheardOf = (site: Site) => (halfway(site) + 31 * DAY_MS) as Instant;

export const CALENDAR_READS: readonly CalendarRead[] = [
  list('list, first page', () => ({})),
  list('list, window', middle),
  list('list, from a place on', (site) => ({ after: { start: middle(site).from, id: 'b' } })),
  list('list, all statuses, window', (site) => ({ ...middle(site), ...all })),
  list('list, cancelled', (site) => ({ from: middle(site).from, status: 'cancelled', limit: 20 })),
  list('list, resource, first page', () => ({ ...ROOM, limit: 10 })),
  list('list, resource, window', (site) => ({ ...ROOM, ...middle(site), limit: 3 })),
  list('list, resource, all, window', (site) => ({ ...ROOM, ...middle(site), ...all, limit: 3 })),
  list('as of early, first page', (site) => ({ at: early(site) })),
  list('as of halfway, first page', (site) => ({ at: halfway(site) })),
  list('as of halfway, unheard of', (site) => ({ at: halfway(site), from: unheardOf(site) })),
  list('as of now, window', (site) => ({ ...middle(site), at: now(site) })),
  list('as of now, resource, window', (site) => ({ ...ROOM, ...middle(site), at: now(site), limit: 3 })),
  list('as of halfway, resource', (site) => ({ ...ROOM, limit: 5, at: halfway(site) })),
  find('appointment', () => undefined),
  find('appointment, as of now', now),
  {
    name: 'history',
    read: async ({ db, calendar: { orgId } }) =>
      (await listVersions(db, { orgId, appointmentId: APPOINTMENT, limit: LIMIT })).versions.length,
  },
  requests('requests, newest', {}),
  requests('requests, created', { outcome: 'created' }),
  requests('requests, not-found', { outcome: 'not-found', limit: 20 }),
  {
    name: 'changes',
    read: async ({ db, calendar: { orgId, appointments } }) =>
      (await listChanges(db, { orgId, after: appointments / 2, limit: LIMIT })).versions.length,
  },
  {
    name: 'sequences',
    read: async ({ db, calendar: { orgId } }) => (await findSequences(db, [orgId])).size,
  },
  taken('live intervals, all resources', {}),
  taken('live intervals, resource', ROOM),
];

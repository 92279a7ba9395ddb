// GET /api/appointments.ics

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { appointmentIdText, calendarQuery } from '@slotline/contract';
import { toInstant, type Instant } from '@slotline/core';
import { findSequences, listAppointments, type AppointmentsQuery, type Database } from '@slotline/db';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../access/parse-for-org.ts';
import type { ApiContext } from '../api-context.ts';
import { placeInstant, readCursor, writeCursor } from '../http/cursor.ts';
import { linkNext } from '../http/link-next.ts';
import { now } from '../now.ts';
import { writeCalendar } from '../reading/write-calendar.ts';

/** Events in one answer: a calendar program holds them all. */
export const ICS_EVENTS_MAX = 10_000;
/** How far back a calendar without `from` goes. Counted in whole days, so that its tag changes once a day. */
const DAYS_BACK = 30;
const DAY_MS = 86_400_000;
/** Appointments in one query. */
const EVENTS_PER_PAGE = 500;
/** Events written before others get their turn: up to 10 ms. */
const EVENTS_PER_TURN = 100;
/** Part of every tag: another way of writing makes other bytes of the same appointments. */
const FORMAT = 1;

const calendarPlace = z.tuple([placeInstant, appointmentIdText]).transform(([start, id]) => ({ start, id }));

type Place = NonNullable<AppointmentsQuery['after']>;

export function getCalendar({ reads }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { cursor, minSequence, ...query } = parseForOrg(calendarQuery, req.query, req);
    const scope = { list: 'calendar', query };
    const place = cursor === undefined ? undefined : readCursor(scope, cursor, calendarPlace);
    const { orgId, resourceId, from = defaultFrom(query.to), to } = query;
    await reads.read({ orgId, minSequence }, async (db) => {
      // Read before the appointments, so that a tag never promises more than the calendar has.
      const sequence = (await findSequences(db, [orgId])).get(orgId) ?? 0;
      res.set('ETag', tagOf([sequence, orgId, resourceId, from, to, place]));
      res.set('Cache-Control', 'private, no-cache');
      if (req.fresh) return void res.status(304).end();
      const name = resourceId === undefined ? orgId : `${orgId}: ${resourceId}`;
      const events = { orgId, resourceId, from, to, status: 'all' as const };
      const { text, next } = await readCalendar(db, { name, events, place, isGone: () => res.closed });
      if (next !== undefined) {
        const change = { cursor: writeCursor(scope, [next.start, next.id]) };
        linkNext(req, res, { path: '/api/appointments.ics', change });
      }
      res.type('text/calendar; charset=utf-8').send(text);
    });
  };
}

interface Wanted {
  readonly name: string;
  readonly events: Omit<AppointmentsQuery, 'limit' | 'offset' | 'after'>;
  readonly place: Place | undefined;
  isGone(): boolean;
}

async function readCalendar(
  db: Database,
  { name, events, place, isGone }: Wanted,
): Promise<{ text: string; next: Place | undefined }> {
  const calendar = writeCalendar(name);
  let next = place;
  for (let count = 0; count < ICS_EVENTS_MAX; count += EVENTS_PER_PAGE) {
    const after = next === undefined ? {} : { after: next };
    const page = await listAppointments(db, { ...events, ...after, limit: EVENTS_PER_PAGE, offset: 0 });
    for (let at = 0; at < page.appointments.length; at += EVENTS_PER_TURN) {
      calendar.add(page.appointments.slice(at, at + EVENTS_PER_TURN));
      await nextTurn();
    }
    next = page.next;
    if (next === undefined || isGone()) break;
  }
  return { text: calendar.end(), next };
}

function defaultFrom(to: Instant | undefined): Instant | undefined {
  const today = Math.floor(now() / DAY_MS) * DAY_MS;
  const from = toInstant(today - DAYS_BACK * DAY_MS);
  // A window that ended before has no default beginning.
  return to !== undefined && from !== undefined && to <= from ? undefined : from;
}

function tagOf(facts: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify([FORMAT, ...facts.map((fact) => fact ?? null)]));
  return `"${digest.digest('base64url').slice(0, 22)}"`;
}

// GET /api/appointments.ics

import { createHash } from 'node:crypto';
import { appointmentIdText, calendarQuery } from '@slotline/contract';
import { toInstant, type Instant } from '@slotline/core';
import { findSequences, type Database } from '@slotline/db';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../access/parse-for-org.ts';
import type { ApiContext } from './api-context.ts';
import { reserveAnswer } from '../admission/reserve-answer.ts';
import { placeInstant, readCursor, writeCursor } from '../http/cursor.ts';
import { linkNext } from '../http/link-next.ts';
import { now } from './now.ts';
import { openCalendar, streamCalendar, type ReadCalendar } from '../reading/stream-calendar.ts';

/** How far back a calendar without `from` goes, in whole days, so that its ETag changes once a day. */
const DAYS_BACK = 30;
const DAY_MS = 86_400_000;
/** How far ahead a calendar without `to` goes, from today or from a later `from`. */
const DAYS_AHEAD = 365;
/** Part of every ETag: a new output format changes the bytes of the same appointments. */
const FORMAT = 2;

const calendarPlace = z.tuple([placeInstant, appointmentIdText]).transform(([start, id]) => ({ start, id }));

export function getCalendar(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { cursor, minSequence, ...query } = parseForOrg(calendarQuery, req.query, req);
    const scope = { list: 'calendar', query };
    const after = cursor === undefined ? undefined : readCursor(scope, cursor, calendarPlace);
    const { orgId, resourceId } = query;
    const window = defaultWindow(query);
    const events = { orgId, resourceId, ...window, after, status: 'all' as const };
    // Read before the appointments, so that the ETag is never newer than the calendar.
    const sequence = await context.reads.read({ orgId, minSequence }, (db) => sequenceOf(db, orgId));
    res.set('ETag', tagOf([sequence, orgId, resourceId, window.from, window.to, after]));
    res.set('Cache-Control', 'private, no-cache');
    if (req.fresh) return void res.status(304).end();
    // Reserves one page: the next is read when the client has taken the one before.
    const { nextTurn } = await reserveAnswer(context, { res, orgId });
    const read: ReadCalendar = (page) => context.reads.read({ orgId, minSequence: sequence }, page);
    const calendar = await read((db) => openCalendar(db, events));
    const { end } = calendar;
    if (end !== undefined) {
      const change = { cursor: writeCursor(scope, [end.start, end.id]) };
      linkNext(req, res, { path: '/api/appointments.ics', change });
    }
    res.type('text/calendar; charset=utf-8');
    if (req.method === 'HEAD') return void res.end();
    const name = resourceId === undefined ? orgId : `${orgId}: ${resourceId}`;
    await streamCalendar(res, { name, query: events, calendar, read, nextTurn });
  };
}

async function sequenceOf(db: Database, orgId: string): Promise<number> {
  return (await findSequences(db, [orgId])).get(orgId) ?? 0;
}

interface Window {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

/** The window with its defaults filled in, in whole days of UTC. */
function defaultWindow({ from, to }: Window): Window {
  const today = Math.floor(now() / DAY_MS) * DAY_MS;
  const ahead = toInstant(Math.max(today, from ?? today) + DAYS_AHEAD * DAY_MS);
  const back = toInstant(today - DAYS_BACK * DAY_MS);
  // A window that ended earlier has no default start.
  const hasEnded = to !== undefined && back !== undefined && to <= back;
  return { from: from ?? (hasEnded ? undefined : back), to: to ?? ahead };
}

function tagOf(facts: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify([FORMAT, ...facts.map((fact) => fact ?? null)]));
  return `"${digest.digest('base64url').slice(0, 22)}"`;
}

// GET /api/appointments, /api/appointments/{id} and /api/appointments/{id}/history

import {
  appointmentIdText,
  historyQuery,
  itemQuery,
  listQuery,
  presentAppointment,
  presentVersion,
} from '@slotline/contract';
import type { Instant } from '@slotline/core';
import { findAppointment, listAppointments as findAll, listVersions } from '@slotline/db';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../access/parse-for-org.ts';
import type { ApiContext } from './api-context.ts';
import { reserveAnswer } from '../admission/reserve-answer.ts';
import { answerList } from '../http/answer-list.ts';
import { placeInstant, readCursor, writeCursor } from '../http/cursor.ts';
import { linkNext } from '../http/link-next.ts';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import { now } from './now.ts';

/** The largest that the database can store. */
const VERSION_MAX = 2_147_483_647;

/** A list as of a past instant carries that instant, so that all pages show the same state. */
const listPlace = z.tuple([placeInstant, appointmentIdText, placeInstant.nullable()]);
const historyPlace = z.tuple([z.int().min(1).max(VERSION_MAX)]);

export function listAppointments(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { cursor, minSequence, offset = 0, ...query } = parseForOrg(listQuery, req.query, req);
    const scope = { list: 'appointments', query };
    const from = cursor === undefined ? undefined : readCursor(scope, cursor, listPlace);
    const at = from === undefined ? knownAt(query.at) : (from[2] ?? undefined);
    const after = from === undefined ? {} : { after: { start: from[0], id: from[1] } };
    const reservation = await reserveAnswer(context, { res, orgId: query.orgId });
    const page = await context.reads.read({ orgId: query.orgId, minSequence }, (db) =>
      findAll(db, { ...query, at, offset, ...after }),
    );
    if (page.next !== undefined) {
      const next = writeCursor(scope, [page.next.start, page.next.id, at ?? null]);
      linkNext(req, res, { path: '/api/appointments', change: { cursor: next, offset: undefined } });
    }
    await answerList(res, { rows: page.appointments, present: presentAppointment, reservation });
  };
}

export function getAppointment({ reads }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const appointmentId = parseOrRefuse(appointmentIdText, req.params.id);
    const { orgId, at, minSequence } = parseForOrg(itemQuery, req.query, req);
    const wanted = { orgId, minSequence };
    // The current state is read from the primary: a client that saw its request decided must find it here
    // (P8).
    const found =
      at === undefined
        ? await reads.readPrimary(wanted, (primary) => findAppointment(primary, { orgId, appointmentId }))
        : await reads.find(wanted, (source) =>
            findAppointment(source, { orgId, appointmentId, at: knownAt(at) }),
          );
    if (found === undefined) throw noSuchAppointment();
    // The version identifies the content: Express answers If-None-Match with 304 by this ETag.
    res.set('ETag', `"${found.version}"`).set('Cache-Control', 'private, no-cache');
    res.json(presentAppointment(found));
  };
}

export function getHistory(context: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const appointmentId = parseOrRefuse(appointmentIdText, req.params.id);
    const { orgId, limit, cursor, minSequence } = parseForOrg(historyQuery, req.query, req);
    const scope = { list: 'history', query: { orgId, appointmentId } };
    const after = cursor === undefined ? {} : { after: readCursor(scope, cursor, historyPlace)[0] };
    const reservation = await reserveAnswer(context, { res, orgId });
    const page = await context.reads.find({ orgId, minSequence }, async (db) => {
      const found = await listVersions(db, { orgId, appointmentId, limit, ...after });
      return found.versions.length === 0 ? undefined : found;
    });
    if (page === undefined) throw noSuchAppointment();
    if (page.next !== undefined) {
      const path = `/api/appointments/${encodeURIComponent(appointmentId)}/history`;
      linkNext(req, res, { path, change: { cursor: writeCursor(scope, [page.next]) } });
    }
    await answerList(res, { rows: page.versions, present: presentVersion, reservation });
  };
}

/** Future knowledge does not exist: an instant after now is treated as now. */
function knownAt(at: Instant | undefined): Instant | undefined {
  const latest = now();
  return at === undefined || at < latest ? at : latest;
}

function noSuchAppointment(): ProblemError {
  return new ProblemError('not-found', { detail: 'The org has no appointment with this id.' });
}

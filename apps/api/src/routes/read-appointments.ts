// GET /api/appointments, /api/appointments/{id} and /api/appointments/{id}/history

import {
  appointmentIdText,
  listQuery,
  orgQuery,
  presentAppointment,
  presentVersion,
} from '@slotline/contract';
import { findAppointment, listAppointments as findAll, listVersions } from '@slotline/db';
import type { Request, RequestHandler } from 'express';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { ApiContext } from '../api-context.ts';

export function listAppointments({ db }: ApiContext): RequestHandler {
  return async (req, res) => {
    const found = await findAll(db, parseOrRefuse(listQuery, req.query));
    res.json(found.map(presentAppointment));
  };
}

export function getAppointment({ db }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const found = await findAppointment(db, identityOf(req));
    if (found === undefined) throw noSuchAppointment();
    // The version says it all: Express answers If-None-Match with 304 by this tag.
    res.set('ETag', `"${found.version}"`);
    res.json(presentAppointment(found));
  };
}

export function getHistory({ db }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const versions = await listVersions(db, identityOf(req));
    if (versions.length === 0) throw noSuchAppointment();
    res.json(versions.map(presentVersion));
  };
}

function identityOf(req: Request<{ id: string }>) {
  const { orgId } = parseOrRefuse(orgQuery, req.query);
  return { orgId, appointmentId: parseOrRefuse(appointmentIdText, req.params.id) };
}

function noSuchAppointment(): ProblemError {
  return new ProblemError('not-found', { detail: 'The org has no appointment with this id.' });
}

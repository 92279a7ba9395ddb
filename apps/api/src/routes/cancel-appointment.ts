// DELETE /api/appointments/{id}

import { appointmentIdText, cancellationQuery } from '@slotline/contract';
import type { RequestHandler } from 'express';
import { parseForOrg } from '../access/parse-for-org.ts';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { submitCancellation } from '../intake/submission.ts';
import type { ApiContext } from './api-context.ts';
import { answerWrite } from './answer-write.ts';

export function cancelAppointment(context: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const id = parseOrRefuse(appointmentIdText, req.params.id);
    const wanted = { id, ...parseForOrg(cancellationQuery, req.query, req) };
    await answerWrite(context, { req, res, submit: (arrival) => submitCancellation(wanted, arrival) });
  };
}

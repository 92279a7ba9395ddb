// POST /api/appointments/{id}/confirm

import { appointmentIdText, confirmBody, confirmQuery } from '@slotline/contract';
import type { RequestHandler } from 'express';
import { parseForOrg } from '../access/parse-for-org.ts';
import { callbackRule, parseAddressed } from '../http/parse-addressed.ts';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { jsonBodyIfAny } from '../http/read-body.ts';
import { submitConfirmation } from '../intake/submission.ts';
import type { ApiContext } from './api-context.ts';
import { answerWrite } from './answer-write.ts';

export function confirmAppointment(context: ApiContext): RequestHandler<{ id: string }> {
  const rule = callbackRule(context);
  return async (req, res) => {
    const id = parseOrRefuse(appointmentIdText, req.params.id);
    const { orgId } = parseForOrg(confirmQuery, req.query, req);
    const { callbackUrl } = parseAddressed(confirmBody, jsonBodyIfAny(req, {}), rule);
    const wanted = { id, orgId, callbackUrl };
    await answerWrite(context, { req, res, submit: (arrival) => submitConfirmation(wanted, arrival) });
  };
}

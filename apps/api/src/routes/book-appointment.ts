// POST /api/appointments

import { booking } from '@slotline/contract';
import type { RequestHandler } from 'express';
import { parseForOrg } from '../access/parse-for-org.ts';
import { callbackRule } from '../http/parse-addressed.ts';
import { jsonBody } from '../http/read-body.ts';
import { submitBooking } from '../intake/submission.ts';
import type { ApiContext } from './api-context.ts';
import { answerWrite } from './answer-write.ts';

export function bookAppointment(context: ApiContext): RequestHandler {
  const rule = callbackRule(context);
  return (req, res) => {
    const wanted = parseForOrg(booking, jsonBody(req), req, rule);
    return answerWrite(context, { req, res, submit: (arrival) => submitBooking(wanted, arrival) });
  };
}

// POST /api/appointments

import { booking } from '@slotline/contract';
import type { RequestHandler } from 'express';
import { parseOrRefuse } from '../http/parse-or-refuse.ts';
import { jsonBody } from '../http/read-body.ts';
import { submitBooking } from '../intake/submission.ts';
import type { ApiContext } from '../api-context.ts';
import { answerWrite } from './answer-write.ts';

export function bookAppointment(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const wanted = parseOrRefuse(booking, jsonBody(req));
    await answerWrite(context, { req, res, submit: (arrival) => submitBooking(wanted, arrival) });
  };
}

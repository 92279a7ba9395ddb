// GET /api/webhooks and /api/webhooks/{id}

import { endpointQuery, presentEndpoint } from '@slotline/contract';
import { findEndpoint, listEndpoints as findAll } from '@slotline/db';
import type { RequestHandler } from 'express';
import { parseForOrg } from '../../access/parse-for-org.ts';
import type { ApiContext } from '../api-context.ts';
import { reserveAnswer } from '../../admission/reserve-answer.ts';
import { answerList } from '../../http/answer-list.ts';
import { nameEndpoint, noSuchEndpoint } from './name-endpoint.ts';

export function listEndpoints(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { orgId } = parseForOrg(endpointQuery, req.query, req);
    const reservation = await reserveAnswer(context, { res, orgId });
    const rows = await context.reads.readPrimary({ orgId }, (db) => findAll(db, orgId));
    await answerList(res, { rows, present: presentEndpoint, reservation });
  };
}

export function getEndpoint({ db }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const found = await findEndpoint(db, nameEndpoint(req));
    if (found === undefined) throw noSuchEndpoint();
    res.json(presentEndpoint(found));
  };
}

// GET /api/requests

import { requestsQuery } from '@slotline/contract';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../access/parse-for-org.ts';
import type { ApiContext } from './api-context.ts';
import { reserveAnswer } from '../admission/reserve-answer.ts';
import { answerList } from '../http/answer-list.ts';
import { readCursor, writeCursor } from '../http/cursor.ts';
import { linkNext } from '../http/link-next.ts';
import { presentRequest } from '../intake/request-state.ts';
import { listRequestStates, type RequestsPlace } from '../reading/list-requests.ts';

/** Halves that fit into 64 bits. Nothing precedes `0-0`, and Redis rejects it as a position. */
const STREAM_ID = /^(?!0+-0+$)\d{1,19}-\d{1,19}$/;

const requestsPlace = z.union([
  z
    .tuple([z.literal('waiting'), z.string().regex(STREAM_ID)])
    .transform(([kind, before]): RequestsPlace => ({ kind, before })),
  z.tuple([z.literal('decided')]).transform(([kind]): RequestsPlace => ({ kind })),
  z
    .tuple([z.literal('decided'), z.int().min(1)])
    .transform(([kind, before]): RequestsPlace => ({ kind, before })),
]);

export function listRequests(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { cursor, ...query } = parseForOrg(requestsQuery, req.query, req);
    const scope = { list: 'requests', query };
    const place = cursor === undefined ? undefined : readCursor(scope, cursor, requestsPlace);
    const reservation = await reserveAnswer(context, { res, orgId: query.orgId });
    const read = () => listRequestStates(context, query, place);
    const { states, next } = await context.reads.readPrimary({ orgId: query.orgId }, read);
    if (next !== undefined) {
      const parts = next.before === undefined ? [next.kind] : [next.kind, next.before];
      linkNext(req, res, { path: '/api/requests', change: { cursor: writeCursor(scope, parts) } });
    }
    await answerList(res, { rows: states, present: presentRequest, reservation });
  };
}

// GET /api/availability

import { availabilityQuery, resourceId, type FreeIntervalResource } from '@slotline/contract';
import { formatInstant } from '@slotline/core';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../access/parse-for-org.ts';
import type { ApiContext } from './api-context.ts';
import { reserveAnswer } from '../admission/reserve-answer.ts';
import { answerList } from '../http/answer-list.ts';
import { placeInstant, readCursor, writeCursor } from '../http/cursor.ts';
import { linkNext } from '../http/link-next.ts';
import { listFree, type FreeInterval, type FreePlace } from '../reading/list-free.ts';

const MINUTE_MS = 60_000;

const freePlace = z
  .tuple([resourceId, placeInstant])
  .transform(([id, from]): FreePlace => ({ resourceId: id, from }));

export function listFreeIntervals(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { cursor, minSequence, ...query } = parseForOrg(availabilityQuery, req.query, req);
    const { durationMinutes, ...rest } = query;
    const scope = { list: 'availability', query };
    const place = cursor === undefined ? undefined : readCursor(scope, cursor, freePlace);
    const lengthMinMs = durationMinutes === undefined ? 1 : durationMinutes * MINUTE_MS;
    const reservation = await reserveAnswer(context, { res, orgId: query.orgId });
    const page = await context.reads.read({ orgId: query.orgId, minSequence }, (db) =>
      listFree(db, { ...rest, lengthMinMs }, place),
    );
    if (page.next !== undefined) {
      const next = writeCursor(scope, [page.next.resourceId, page.next.from]);
      linkNext(req, res, { path: '/api/availability', change: { cursor: next } });
    }
    await answerList(res, { rows: page.free, present: presentFree, reservation });
  };
}

function presentFree({ resourceId, start, end }: FreeInterval): FreeIntervalResource {
  return { resourceId, start: formatInstant(start), end: formatInstant(end) };
}

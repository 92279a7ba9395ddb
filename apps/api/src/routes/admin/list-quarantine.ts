// GET /api/admin/quarantine

import { presentQuarantined, quarantineQuery, type QuarantinedResource } from '@slotline/contract';
import {
  listQuarantine as findPage,
  retryRequestId,
  type QuarantinedRequest,
  type QuarantineQuery,
} from '@slotline/db';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { principalOf } from '../../access/principal.ts';
import type { ApiContext } from '../api-context.ts';
import { ANY_ORG } from '../../admission/org-of.ts';
import { reserveAnswer } from '../../admission/reserve-answer.ts';
import { answerList } from '../../http/answer-list.ts';
import { readCursor, writeCursor, type CursorScope } from '../../http/cursor.ts';
import { linkNext } from '../../http/link-next.ts';
import { parseOrRefuse } from '../../http/parse-or-refuse.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { isRetryable } from '../../intake/submit-retry.ts';
import { readRequests } from '../../intake/read-requests.ts';
import { noteAction } from './note-action.ts';

const place = z.tuple([z.string()]);

export function listQuarantine(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { orgId, limit, cursor, payload } = parseOrRefuse(quarantineQuery, req.query);
    const scope: CursorScope = { list: 'quarantine', query: { orgId } };
    const [after] = cursor === undefined ? [] : readCursor(scope, cursor, place);
    if (payload) noteAction(context, req, { action: 'read-payloads', orgId: orgId ?? null });
    const reservation = await reserveAnswer(context, { res, orgId: ANY_ORG });
    const { requests, next } = await readPage(context, { orgId, after, limit });
    if (next !== undefined) {
      const change = { cursor: writeCursor(scope, [next]) };
      linkNext(req, res, { path: '/api/admin/quarantine', change });
    }
    const rows = await show(context, req, { requests, hasPayload: payload });
    res.set('Cache-Control', 'no-store');
    await answerList(res, { rows, present: (row) => row, reservation });
  };
}

async function show(
  context: ApiContext,
  req: Request,
  { requests, hasPayload }: { requests: readonly QuarantinedRequest[]; hasPayload: boolean },
): Promise<QuarantinedResource[]> {
  const retries = requests.map(retryRequestId);
  const states = await readRequests(context, retries, principalOf(req));
  return requests.map((request, at) =>
    presentQuarantined(request, {
      isRetryable: isRetryable(request),
      retriedAs: states[at] === undefined ? undefined : retries[at],
      hasPayload,
    }),
  );
}

// A cursor is not secret, so a client may have constructed one for a position that never existed.
async function readPage({ db }: ApiContext, query: QuarantineQuery) {
  try {
    return await findPage(db, query);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProblemError('invalid-cursor', { cause });
  }
}

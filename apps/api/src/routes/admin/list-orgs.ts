// GET /api/admin/orgs

import { orgsQuery, presentOrg } from '@slotline/contract';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../api-context.ts';
import { ANY_ORG } from '../../admission/org-of.ts';
import { reserveAnswer } from '../../admission/reserve-answer.ts';
import { answerList } from '../../http/answer-list.ts';
import { parseOrRefuse } from '../../http/parse-or-refuse.ts';

export function listOrgs(context: ApiContext): RequestHandler {
  const { queue } = context;
  return async (req, res) => {
    const { orgId, limit } = parseOrRefuse(orgsQuery, req.query);
    const reservation = await reserveAnswer(context, { res, orgId: ANY_ORG });
    const orgs = orgId === undefined ? await queue.listOrgs(limit) : [await queue.inspect(orgId)];
    await answerList(res, { rows: orgs, present: presentOrg, reservation });
  };
}

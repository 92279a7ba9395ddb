// GET /api/admin/orgs

import { orgsQuery, presentOrg } from '@slotline/contract';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../../api-context.ts';
import { parseOrRefuse } from '../../http/parse-or-refuse.ts';

export function listOrgs({ queue }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { orgId, limit } = parseOrRefuse(orgsQuery, req.query);
    const orgs = orgId === undefined ? await queue.listOrgs(limit) : [await queue.inspect(orgId)];
    res.json(orgs.map(presentOrg));
  };
}

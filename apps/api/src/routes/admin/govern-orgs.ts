// POST /api/admin/orgs/{orgId}/pause and /resume, PUT /api/admin/orgs/{orgId}/weight: idempotent, and answer
// with the org's new state. The org need not exist yet: its settings apply once it does.

import { noQuery, orgId as orgIdSchema, orgWeight, presentOrg } from '@slotline/contract';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { ApiContext } from '../api-context.ts';
import { parseOrRefuse } from '../../http/parse-or-refuse.ts';
import { jsonBody } from '../../http/read-body.ts';
import { noteAction } from './note-action.ts';

type OrgHandler = RequestHandler<{ orgId: string }>;

const orgPath = z.object({ orgId: orgIdSchema });

export function pauseOrg(context: ApiContext): OrgHandler {
  return async (req, res) => {
    const orgId = orgOf(req);
    noteAction(context, req, { action: 'pause-org', orgId });
    await context.queue.pause(orgId);
    res.json(await showOrg(context, orgId));
  };
}

export function resumeOrg(context: ApiContext): OrgHandler {
  return async (req, res) => {
    const orgId = orgOf(req);
    noteAction(context, req, { action: 'resume-org', orgId });
    await context.queue.resume(orgId);
    res.json(await showOrg(context, orgId));
  };
}

export function setOrgWeight(context: ApiContext): OrgHandler {
  return async (req, res) => {
    const orgId = orgOf(req);
    const { weight } = parseOrRefuse(orgWeight, jsonBody(req));
    noteAction(context, req, { action: 'set-weight', orgId, facts: { weight } });
    await context.queue.setWeight(orgId, weight);
    res.json(await showOrg(context, orgId));
  };
}

function orgOf(req: Request<{ orgId: string }>): string {
  parseOrRefuse(noQuery, req.query);
  return parseOrRefuse(orgPath, req.params).orgId;
}

async function showOrg({ queue }: ApiContext, orgId: string) {
  return presentOrg(await queue.inspect(orgId));
}

// GET /api/webhooks and /api/webhooks/{id}

import { endpointQuery, presentEndpoint } from '@slotline/contract';
import { findEndpoint, listEndpoints as findAll } from '@slotline/db';
import type { RequestHandler } from 'express';
import { parseForOrg } from '../../access/parse-for-org.ts';
import type { ApiContext } from '../../api-context.ts';
import { nameEndpoint, noSuchEndpoint } from './name-endpoint.ts';

export function listEndpoints({ db }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { orgId } = parseForOrg(endpointQuery, req.query, req);
    res.json((await findAll(db, orgId)).map(presentEndpoint));
  };
}

export function getEndpoint({ db }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const found = await findEndpoint(db, nameEndpoint(req));
    if (found === undefined) throw noSuchEndpoint();
    res.json(presentEndpoint(found));
  };
}

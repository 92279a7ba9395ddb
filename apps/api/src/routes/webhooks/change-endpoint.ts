// PATCH and DELETE /api/webhooks/{id}

import { endpointChange, presentEndpoint } from '@slotline/contract';
import { changeEndpoint as change, deleteEndpoint as remove } from '@slotline/db';
import type { RequestHandler } from 'express';
import { parseAddressed } from '../../http/parse-addressed.ts';
import { jsonBody } from '../../http/read-body.ts';
import type { ApiContext } from '../api-context.ts';
import { nameOwnEndpoint, noSuchEndpoint } from './name-endpoint.ts';
import { refuseUnreachable } from './refuse-unreachable.ts';

export function changeEndpoint(context: ApiContext): RequestHandler<{ id: string }> {
  const { db, webhooks } = context;
  return async (req, res) => {
    const { orgId, endpointId } = nameOwnEndpoint(req);
    const wanted = parseAddressed(endpointChange, jsonBody(req), { field: 'url', policy: webhooks.policy });
    if (wanted.url !== undefined) await refuseUnreachable({ orgId, url: wanted.url }, context);
    const changed = await change(db, { ...wanted, orgId, endpointId });
    if (changed === undefined) throw noSuchEndpoint();
    res.json(presentEndpoint(changed));
  };
}

export function deleteEndpoint({ db }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const isDeleted = await remove(db, nameOwnEndpoint(req));
    if (!isDeleted) throw noSuchEndpoint();
    res.status(204).end();
  };
}

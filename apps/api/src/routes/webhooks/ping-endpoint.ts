// POST /api/webhooks/{id}/ping: an event without content, delivered like any other.

import { deliveryPath, presentDelivery } from '@slotline/contract';
import { formatInstant } from '@slotline/core';
import { createDelivery, findEndpoint } from '@slotline/db';
import type { RequestHandler } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { ProblemError } from '../../http/problem-error.ts';
import { now } from '../now.ts';
import type { ApiContext } from '../api-context.ts';
import { nameOwnEndpoint, noSuchEndpoint } from './name-endpoint.ts';

export function pingEndpoint({ db }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { orgId, endpointId, name } = nameOwnEndpoint(req);
    const endpoint = await findEndpoint(db, { orgId, endpointId });
    if (endpoint === undefined || endpoint.url === null) throw noSuchEndpoint();
    if (!endpoint.isEnabled) throw endpointDisabled();
    const made = await createDelivery(db, {
      orgId,
      endpointId,
      deliveryId: uuidv7(),
      eventType: 'ping',
      body: pingBody(endpointId),
      url: endpoint.url,
    });
    if (made === undefined) throw noSuchEndpoint();
    const delivery = presentDelivery(made, name);
    res
      .status(202)
      .location(deliveryPath({ orgId, name, webhookId: delivery.id }))
      .json(delivery);
  };
}

function pingBody(endpointId: string): string {
  return JSON.stringify({ type: 'ping', timestamp: formatInstant(now()), data: { endpointId } });
}

/** For a ping that would otherwise wait until the endpoint is enabled again. */
export function endpointDisabled(): ProblemError {
  return new ProblemError('endpoint-disabled', {
    detail: 'Enable the endpoint first: PATCH it with {"isEnabled":true}.',
  });
}

// POST /api/webhooks/{id}/deliveries/{deliveryId}/redeliver and /api/webhooks/{id}/recover

import { presentDelivery, recoverQuery } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import { findEndpoint, recoverDeliveries as recover, redeliver as deliverAgain } from '@slotline/db';
import type { RequestHandler } from 'express';
import { parseForOrg } from '../../access/parse-for-org.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { now } from '../now.ts';
import type { ApiContext } from '../api-context.ts';
import {
  nameDelivery,
  noSuchDelivery,
  noSuchEndpoint,
  refuseCallbacks,
  toEndpoint,
} from './name-endpoint.ts';
import { endpointDisabled } from './ping-endpoint.ts';

const DAY_MS = 86_400_000;

export function redeliver({ db }: ApiContext): RequestHandler<{ id: string; deliveryId: string }> {
  return async (req, res) => {
    const { endpoint, ...delivery } = nameDelivery(req);
    const again = await deliverAgain(db, delivery);
    if (again === undefined) throw noSuchDelivery();
    res.status(202).json(presentDelivery(again, endpoint.name));
  };
}

export function recoverDeliveries({ db, webhooks }: ApiContext): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { orgId, since } = parseForOrg(recoverQuery, req.query, req);
    const { endpointId } = refuseCallbacks(toEndpoint(orgId, req.params.id));
    refuseForgotten(since, webhooks.keptDays);
    const endpoint = await findEndpoint(db, { orgId, endpointId });
    if (endpoint === undefined) throw noSuchEndpoint();
    // Enabling continues from now, and would undo the recovery.
    if (!endpoint.isEnabled) throw endpointDisabled();
    const recovered = await recover(db, { orgId, endpointId, since });
    if (recovered === undefined) throw noSuchEndpoint();
    res.status(202).json({ requeued: recovered.requeued });
  };
}

// Deliveries dropped from the log look like ones never made: all of them would be sent again.
function refuseForgotten(since: Instant, keptDays: number): void {
  if (since >= now() - keptDays * DAY_MS) return;
  const detail = `Must not be longer ago than the log of deliveries is kept, ${keptDays} days.`;
  throw new ProblemError('invalid-request', {
    errors: [{ pointer: '/since', code: 'too-long-ago', detail }],
  });
}

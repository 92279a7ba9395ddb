// GET /api/webhooks/{id}/deliveries and /api/webhooks/{id}/deliveries/{deliveryId}

import { deliveriesPath, deliveriesQuery, presentDelivery, presentLoggedDelivery } from '@slotline/contract';
import {
  findDelivery,
  findEndpoint,
  listDeliveries as findPage,
  type DeliveriesQuery,
  type DeliveryRecord,
} from '@slotline/db';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseForOrg } from '../../access/parse-for-org.ts';
import { reserveAnswer } from '../../admission/reserve-answer.ts';
import { answerList } from '../../http/answer-list.ts';
import { readCursor, writeCursor, type CursorScope } from '../../http/cursor.ts';
import { linkNext } from '../../http/link-next.ts';
import { ProblemError } from '../../http/problem-error.ts';
import type { ApiContext } from '../api-context.ts';
import { nameDelivery, noSuchDelivery, noSuchEndpoint, toEndpoint } from './name-endpoint.ts';

const place = z.tuple([z.string()]);

export function listDeliveries(context: ApiContext): RequestHandler<{ id: string }> {
  const { db } = context;
  return async (req, res) => {
    const { orgId, status, limit, cursor } = parseForOrg(deliveriesQuery, req.query, req);
    const { endpointId, name } = toEndpoint(orgId, req.params.id);
    if ((await findEndpoint(db, { orgId, endpointId })) === undefined) throw noSuchEndpoint();
    const scope: CursorScope = { list: 'deliveries', query: { orgId, endpointId, status } };
    const [before] = cursor === undefined ? [] : readCursor(scope, cursor, place);
    const reservation = await reserveAnswer(context, { res, orgId });
    const wanted = { orgId, endpointId, status, before, limit };
    const page = await context.reads.readPrimary({ orgId }, (source) => readPage(source, wanted));
    if (page.next !== undefined) {
      const path = deliveriesPath(name);
      linkNext(req, res, { path, change: { orgId, cursor: writeCursor(scope, [page.next]) } });
    }
    const present = (delivery: DeliveryRecord) => presentDelivery(delivery, name);
    await answerList(res, { rows: page.deliveries, present, reservation });
  };
}

// A cursor is not secret, so a client may have constructed one for a position that never existed.
async function readPage(db: ApiContext['db'], query: DeliveriesQuery) {
  try {
    return await findPage(db, query);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProblemError('invalid-cursor', { cause });
  }
}

export function getDelivery({ db }: ApiContext): RequestHandler<{ id: string; deliveryId: string }> {
  return async (req, res) => {
    const { endpoint, ...delivery } = nameDelivery(req);
    const found = await findDelivery(db, delivery);
    if (found === undefined) throw noSuchDelivery();
    res.json(presentLoggedDelivery(found, endpoint.name));
  };
}

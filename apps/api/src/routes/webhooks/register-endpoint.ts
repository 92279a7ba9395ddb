// POST /api/webhooks

import { newEndpoint, presentEndpoint, webhookPath } from '@slotline/contract';
import { createEndpoint, ENDPOINTS_PER_ORG_MAX } from '@slotline/db';
import { newSecret, sealSecret } from '@slotline/webhook';
import type { RequestHandler } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { parseForOrg } from '../../access/parse-for-org.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { jsonBody } from '../../http/read-body.ts';
import type { ApiContext } from '../api-context.ts';
import { refuseUnreachable } from './refuse-unreachable.ts';

export function registerEndpoint(context: ApiContext): RequestHandler {
  const { db, webhooks } = context;
  const { policy, secretsKey } = webhooks;
  return async (req, res) => {
    const wanted = parseForOrg(newEndpoint, jsonBody(req), req, { field: 'url', policy });
    await refuseUnreachable(wanted, context);
    const secret = newSecret();
    const sealedSecret = sealSecret(secret, secretsKey);
    const made = await createEndpoint(db, { ...wanted, endpointId: uuidv7(), sealedSecret });
    if (made.kind === 'too-many') throw tooMany();
    const { endpoint } = made;
    res
      .status(201)
      .location(webhookPath({ orgId: endpoint.orgId, name: endpoint.endpointId }))
      // The secret is for the requesting client; no cache may store it.
      .set('Cache-Control', 'no-store')
      .json({ ...presentEndpoint(endpoint), secret });
  };
}

function tooMany(): ProblemError {
  return new ProblemError('too-many-endpoints', {
    detail: `An org has at most ${ENDPOINTS_PER_ORG_MAX} endpoints. Delete one first.`,
  });
}

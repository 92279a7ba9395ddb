// POST /api/webhooks/{id}/rotate-secret: an org learns the secret of its built-in endpoint here, so the
// secret is created if no callback has created it yet.

import { presentEndpoint, SECRET_OVERLAP_HOURS } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import { ensureCallbacksEndpoint, rotateSecret as rotate } from '@slotline/db';
import { newSecret, sealSecret } from '@slotline/webhook';
import type { RequestHandler } from 'express';
import { now } from '../now.ts';
import type { ApiContext } from '../api-context.ts';
import { nameEndpoint, noSuchEndpoint } from './name-endpoint.ts';

const SECRET_OVERLAP_MS = SECRET_OVERLAP_HOURS * 3_600_000;

export function rotateSecret({ db, webhooks }: ApiContext): RequestHandler<{ id: string }> {
  const seal = (secret: string) => sealSecret(secret, webhooks.secretsKey);
  return async (req, res) => {
    const { orgId, endpointId, isCallbacks } = nameEndpoint(req);
    if (isCallbacks) await ensureCallbacksEndpoint(db, { orgId, sealedSecret: seal(newSecret()) });
    const secret = newSecret();
    const previousUntil = (now() + SECRET_OVERLAP_MS) as Instant;
    const rotated = await rotate(db, { orgId, endpointId, sealedSecret: seal(secret), previousUntil });
    if (rotated === undefined) throw noSuchEndpoint();
    res.set('Cache-Control', 'no-store').json({ ...presentEndpoint(rotated), secret });
  };
}

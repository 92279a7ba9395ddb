// POST /api/admin/quarantine/{requestId}/retry: accepted like every request, so the mailbox limit applies.

import { adminRequestPath, noQuery } from '@slotline/contract';
import { findQuarantined } from '@slotline/db';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../api-context.ts';
import { parseOrRefuse } from '../../http/parse-or-refuse.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { accept } from '../../intake/accept.ts';
import { presentRequest } from '../../intake/request-state.ts';
import { submitRetry } from '../../intake/submit-retry.ts';
import { now } from '../now.ts';
import { POLL_AFTER_S } from '../write-appointment.ts';
import { noteAction } from './note-action.ts';

export function retryQuarantined(context: ApiContext): RequestHandler<{ requestId: string }> {
  return async (req, res) => {
    parseOrRefuse(noQuery, req.query);
    const quarantined = await findQuarantined(context.db, req.params.requestId.toLowerCase());
    if (quarantined === undefined) throw noSuchRequest();
    const submission = submitRetry(quarantined, now());
    if (submission === undefined) throw notRetryable();
    const { orgId, requestId } = quarantined;
    const facts = { requestId, retriedAs: submission.requestId };
    noteAction(context, req, { action: 'retry-quarantined', orgId, facts });
    const [entry] = await accept(context, [submission]);
    if (entry === undefined || entry.kind === 'mismatch')
      throw new Error(`the id of the retry of ${requestId} belongs to another request`);
    if (entry.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
    else context.metrics.accepted.inc({ operation: submission.job.operation });
    if (entry.state.status === 'queued') res.status(202).set('Retry-After', POLL_AFTER_S);
    res.location(adminRequestPath(submission.requestId)).json(presentRequest(entry.state));
  };
}

function noSuchRequest(): ProblemError {
  return new ProblemError('not-found', { detail: 'No quarantined request has this id.' });
}

function notRetryable(): ProblemError {
  return new ProblemError('not-retryable', {
    detail:
      'The request was too large to be stored whole, or has a format that this release cannot read. Send it again as a new request.',
  });
}

// Memory for request bodies: bytes that a process holds at once, and the part of them that one organisation may hold.
// Reserved before a body is read, by its Content-Length, and given back when its answer has ended.

import type { RequestHandler } from 'express';
import { principalOf } from '../access/principal.ts';
import { onAnswerOver } from '../http/on-answer-over.ts';
import { ProblemError } from '../http/problem-error.ts';
import { BATCH_BODY_BYTES_MAX } from '../http/read-body.ts';
import { ANY_ORG, orgOf } from './org-of.ts';

/** Bodies up to this size are bounded by the number of connections alone. */
export const SMALL_BODY_BYTES = 4 * 1024;
/** Part of the budget that one organisation may hold. */
export const ORG_SHARE = 1 / 4;

export interface BodyBudget {
  /** Answers 503 when the process or the organisation holds too many bytes already. */
  readonly reserve: RequestHandler;
}

export function createBodyBudget(bytesMax: number): BodyBudget {
  const heldByOrg = new Map<string, number>();
  let held = 0;
  const hold = (orgId: string, bytes: number) => {
    const ofOrg = (heldByOrg.get(orgId) ?? 0) + bytes;
    if (ofOrg === 0) heldByOrg.delete(orgId);
    else heldByOrg.set(orgId, ofOrg);
    held += bytes;
  };
  return {
    reserve(req, res, next) {
      const bytes = bytesOf(req.headers);
      if (bytes <= SMALL_BODY_BYTES) return next();
      const orgId = orgOf(principalOf(req));
      // Without credentials there is one organisation, which may hold everything.
      const orgMax = orgId === ANY_ORG ? bytesMax : bytesMax * ORG_SHARE;
      if (held + bytes > bytesMax || (heldByOrg.get(orgId) ?? 0) + bytes > orgMax) throw noRoom();
      hold(orgId, bytes);
      onAnswerOver(res, () => hold(orgId, -bytes));
      next();
    },
  };
}

// A body without a length may be as long as any; a length over the limit of its route is refused there.
function bytesOf(headers: {
  'content-length'?: string | undefined;
  'transfer-encoding'?: string | undefined;
}) {
  if (headers['transfer-encoding'] !== undefined) return BATCH_BODY_BYTES_MAX;
  return Math.min(Number(headers['content-length'] ?? 0), BATCH_BODY_BYTES_MAX);
}

function noRoom(): ProblemError {
  return new ProblemError('overloaded', {
    detail:
      'Too many large request bodies of this organisation are under way. Nothing was enqueued. ' +
      'Send it again after Retry-After seconds, and fewer at once.',
    headers: { 'Retry-After': '1' },
  });
}

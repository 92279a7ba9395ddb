// Limits the memory for request bodies of a process, and the part that one organisation may hold. Bytes are
// reserved by Content-Length before a body is read, and released when its answer has ended. A body without
// room stays unread, so that back-pressure slows the client down before a request is refused.

import type { RequestHandler } from 'express';
import { principalOf } from '../access/principal.ts';
import { createByteBudget, type Reservation } from '../http/byte-budget.ts';
import { onAnswerOver } from '../http/on-answer-over.ts';
import { ProblemError } from '../http/problem-error.ts';
import { announcedBytesOf } from '../http/read-body.ts';
import { orgOf } from './org-of.ts';
import { beginWaiting, endWaiting } from './waiting-requests.ts';

/** Bodies up to this size are limited only by the number of connections. */
export const SMALL_BODY_BYTES = 4 * 1024;

export interface BodyBudget {
  /** Answers 503 when there was no room for three seconds. */
  readonly reserve: RequestHandler;
}

export function createBodyBudget(bytesMax: number): BodyBudget {
  const budget = createByteBudget({ bytesMax });
  return {
    reserve: (req, res, next) => {
      const bytes = announcedBytesOf(req);
      if (bytes <= SMALL_BODY_BYTES) return next();
      const reserved = budget.reserve(orgOf(principalOf(req)), bytes);
      const begin = (reservation: Reservation | undefined) => {
        if (reservation === undefined) throw noRoom();
        onAnswerOver(res, reservation.release);
        next();
      };
      if (!(reserved instanceof Promise)) return begin(reserved);
      beginWaiting(req);
      return reserved.finally(() => endWaiting(req)).then(begin);
    },
  };
}

function noRoom(): ProblemError {
  return new ProblemError('overloaded', {
    detail:
      'Too many large request bodies of this organisation are under way. Nothing was enqueued. ' +
      'Send it again after Retry-After seconds, and fewer at once.',
    headers: { 'Retry-After': '2' },
  });
}

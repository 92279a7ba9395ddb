// The error handler of every route: turns whatever was thrown into one problem document. Causes go to the
// log, never to the client; an unexpected error is a 500 and an error in the log.

import { isRetryable } from '@slotline/db';
import { QueueUnavailableError } from '@slotline/queue';
import type { Logger } from '@slotline/runtime';
import type { ErrorRequestHandler } from 'express';
import { createNoteRefused } from './note-refused.ts';
import type { ApiMetrics } from '../metrics/metrics.ts';
import { ProblemError, toProblem } from './problem-error.ts';
import { traceIdOf } from './trace-id.ts';

/** `Retry-After` when a store is unreachable, in seconds. */
const UNAVAILABLE_RETRY_AFTER_S = 1;

export function answerErrors(options: { logger: Logger; metrics: ApiMetrics }): ErrorRequestHandler {
  const noteRefused = createNoteRefused(options.logger);
  return (error: unknown, req, res, next) => {
    // The response has begun; Express's own handler cuts the connection, so the client sees a failure.
    if (res.headersSent) return next(error);
    const problem = toProblemError(error);
    const document = toProblem(problem.code, problem.options, traceIdOf(req));
    options.metrics.problems.inc({ code: problem.code });
    if (problem.code === 'unauthenticated') noteRefused(req, problem.cause);
    if (document.status >= 500 && problem.cause !== undefined) {
      const level = problem.code === 'internal-error' ? 'error' : 'warn';
      options.logger[level](
        { err: problem.cause, traceId: document.instance, code: problem.code },
        'request failed',
      );
    }
    res
      .status(document.status)
      .set(problem.options.headers ?? {})
      .type('application/problem+json')
      .send(JSON.stringify(document));
  };
}

function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof QueueUnavailableError || isRetryable(error)) return unavailable(error);
  return fromExpress(error) ?? new ProblemError('internal-error', { cause: error });
}

export function unavailable(cause: unknown): ProblemError {
  return new ProblemError('unavailable', {
    detail: 'Whether the request was taken is unknown. Retry it with the same Idempotency-Key.',
    headers: { 'Retry-After': String(UNAVAILABLE_RETRY_AFTER_S) },
    cause,
  });
}

// Of Express's own errors only an undecodable path, a URIError, has this status.
function fromExpress(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || !('status' in error) || error.status !== 400) return undefined;
  const detail = 'Must be UTF-8, percent-encoded.';
  return new ProblemError('invalid-request', {
    errors: [{ pointer: 'path', code: 'invalid-encoding', detail }],
  });
}

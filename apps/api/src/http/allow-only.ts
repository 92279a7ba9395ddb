// Ends a path and a route table: answers methods and paths that are not routed.

import type { RequestHandler, Response } from 'express';
import { ProblemError } from './problem-error.ts';

/** Ends a path: every method but `methods` is answered 405. */
export function allowOnly(methods: readonly string[]): RequestHandler {
  return (_req, res) => {
    const allowed = [...methods, ...sharedOf(res)].sort().join(', ');
    throw new ProblemError('method-not-allowed', { headers: { Allow: allowed } });
  };
}

/** Ends a path when its other methods belong to a later route that also matches. */
export function shareAddress(methods: readonly string[]): RequestHandler {
  return (_req, res, next) => {
    res.locals['sharedMethods'] = methods;
    next();
  };
}

function sharedOf(res: Response): readonly string[] {
  return (res.locals['sharedMethods'] as readonly string[] | undefined) ?? [];
}

/** Ends a route table; `listedAt` is the path of its OpenAPI document. */
export function answerNothingElse(listedAt: string): RequestHandler {
  return () => {
    throw new ProblemError('not-found', {
      detail: `Nothing answers here. The routes are listed at ${listedAt}.`,
    });
  };
}

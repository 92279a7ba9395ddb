// What a route table says to whatever it does not have: another method of an address, and another address.

import type { RequestHandler, Response } from 'express';
import { ProblemError } from './problem-error.ts';

/** The end of an address: `methods` are all that it answers. */
export function allowOnly(methods: readonly string[]): RequestHandler {
  return (_req, res) => {
    const allowed = [...methods, ...sharedOf(res)].sort().join(', ');
    throw new ProblemError('method-not-allowed', { headers: { Allow: allowed } });
  };
}

/** The end of an address whose other methods are those of another one, further down. */
export function shareAddress(methods: readonly string[]): RequestHandler {
  return (_req, res, next) => {
    res.locals['sharedMethods'] = methods;
    next();
  };
}

function sharedOf(res: Response): readonly string[] {
  return (res.locals['sharedMethods'] as readonly string[] | undefined) ?? [];
}

/** The end of a route table, which is listed at the address `listedAt`. */
export function answerNothingElse(listedAt: string): RequestHandler {
  return () => {
    throw new ProblemError('not-found', {
      detail: `Nothing answers here. The routes are listed at ${listedAt}.`,
    });
  };
}

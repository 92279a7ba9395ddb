// What a route table says to whatever it does not have: another method of an address, and another address.

import type { RequestHandler } from 'express';
import { ProblemError } from './problem-error.ts';

/** The end of an address: `methods`, as `Allow` has them, are all that it answers. */
export function allowOnly(methods: string): RequestHandler {
  return () => {
    throw new ProblemError('method-not-allowed', { headers: { Allow: methods } });
  };
}

/** The end of a route table, which is listed at the address `listedAt`. */
export function answerNothingElse(listedAt: string): RequestHandler {
  return () => {
    throw new ProblemError('not-found', {
      detail: `Nothing answers here. The routes are listed at ${listedAt}.`,
    });
  };
}

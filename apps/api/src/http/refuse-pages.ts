// No page acts on the operators' port. A browser lets any site send a POST without a body to loopback, where AUTH=none
// asks for no key; but it says which site asks, and no program of an operator does.

import type { RequestHandler } from 'express';
import { ProblemError } from './problem-error.ts';

/** Refuses whatever changes something and comes from a page. */
export function refusePages(): RequestHandler {
  return (req, _res, next) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    if (isRead || req.headers.origin === undefined) return next();
    throw new ProblemError('insufficient-scope', { detail: 'Nothing is changed here from a page.' });
  };
}

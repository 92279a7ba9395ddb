// Cross-origin reads by browsers (CORS, WHATWG Fetch), off unless CORS_ORIGINS names who may. Credentials in the sense
// of Fetch, which are cookies, are never allowed: a page has to know a key and say it.

import cors from 'cors';
import type { RequestHandler } from 'express';

/** Answers to a preflight are kept by browsers for so long; two hours are the most that Chromium takes. */
const PREFLIGHT_KEPT_S = 7_200;

/** What a page may read beside the few headers that are always readable. */
const EXPOSED = [
  'Allow',
  'Content-Location',
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
];

const SENT = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'traceparent',
];

/**
 * Before whatever authenticates: a preflight carries no key. An origin that is not named gets no header at all, so
 * its browser refuses to show the answer. An OPTIONS that is no preflight goes on, to its 405.
 */
export function answerCors(origins: readonly string[]): RequestHandler {
  const answer = cors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: SENT,
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_KEPT_S,
  });
  return (req, res, next) => {
    const isPreflight = req.headers['access-control-request-method'] !== undefined;
    if (req.method === 'OPTIONS' && !isPreflight) return next();
    // Caches have to know that another origin gets another answer.
    res.vary('Origin');
    if (origins.includes(req.headers.origin ?? '')) answer(req, res, next);
    else next();
  };
}

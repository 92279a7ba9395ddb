// Cross-origin reads by browsers (CORS, WHATWG Fetch), off unless CORS_ORIGINS lists the allowed origins.
// Fetch credentials, which are cookies, are never allowed: a page must send a key explicitly.

import cors from 'cors';
import type { RequestHandler } from 'express';

/** How long browsers cache the answer to a preflight; Chromium takes two hours at most. */
const PREFLIGHT_KEPT_S = 7_200;

/** Headers that a page may read besides the always readable ones. */
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
 * Runs before authentication, because a preflight carries no key. An unlisted origin gets no CORS header, so
 * its browser hides the answer. An OPTIONS that is not a preflight goes on and gets 405.
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
    // Caches must know that the answer depends on the origin.
    res.vary('Origin');
    if (origins.includes(req.headers.origin ?? '')) answer(req, res, next);
    else next();
  };
}

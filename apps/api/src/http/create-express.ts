// Creates the Express app of either port before its first route: disables unneeded defaults and sets the
// headers that every answer has.

import express, { type Express, type Request, type RequestHandler } from 'express';
import { answerCors } from './answer-cors.ts';
import { parseQuery } from './parse-query.ts';
import { createRefuseForeign } from './refuse-foreign.ts';
import { setSecureHeaders } from './secure-headers.ts';

/** How far browsers and proxies on other machines are trusted. */
export interface HttpSettings {
  /** Origins of the pages that may read the answers; none turns CORS off. */
  readonly corsOrigins: readonly string[];
  /** Which proxies' `X-Forwarded-*` headers are believed: a number of hops, IP addresses, or none. */
  readonly trustProxy: number | readonly string[] | false;
  /** `AUTH=none`: only programs on this machine are trusted, without credentials. */
  readonly isOpen: boolean;
}

interface ExpressOptions {
  readonly stopping: AbortSignal;
  readonly http: HttpSettings;
}

/** `isOperators`: the app of the operators' port. */
export function createExpress(
  { stopping, http }: ExpressOptions,
  { isOperators }: { isOperators: boolean },
): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', parseQuery);
  app.set('trust proxy', http.trustProxy);
  const refuseForeign = createRefuseForeign({ isOpen: http.isOpen, isOperators, origins: http.corsOrigins });
  app.use(beginAnswer(stopping, refuseForeign));
  if (http.corsOrigins.length > 0) app.use(answerCors(http.corsOrigins));
  return app;
}

// A single handler, because each one costs every request a microsecond in Express.
function beginAnswer(stopping: AbortSignal, refuseForeign: (req: Request) => void): RequestHandler {
  return (req, res, next) => {
    setSecureHeaders(req, res);
    // A kept-alive connection would go on sending requests to a stopping process.
    if (stopping.aborted) res.set('Connection', 'close');
    refuseForeign(req);
    next();
  };
}

// What both ports' apps start from, before their first route: the parts of Express that are on by themselves and wanted
// by nobody are off, and what is said on every answer is said.

import express, { type Express, type Request, type RequestHandler } from 'express';
import { answerCors } from './answer-cors.ts';
import { parseQuery } from './parse-query.ts';
import { createRefuseForeign } from './refuse-foreign.ts';
import { setSecureHeaders } from './secure-headers.ts';

/** How far other machines are trusted with what browsers and proxies say. */
export interface HttpSettings {
  /** Origins whose pages may read the answers; none turns CORS off. */
  readonly corsOrigins: readonly string[];
  /** Whose `X-Forwarded-*` is believed: a number of proxies, their addresses, or nobody's. */
  readonly trustProxy: number | readonly string[] | false;
  /** `AUTH=none`: only programs on this machine are trusted, and they need no credentials. */
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

// One handler, because each one costs every request a microsecond of Express.
function beginAnswer(stopping: AbortSignal, refuseForeign: (req: Request) => void): RequestHandler {
  return (req, res, next) => {
    setSecureHeaders(req, res);
    // A kept-alive connection would go on sending requests to a process that is leaving.
    if (stopping.aborted) res.set('Connection', 'close');
    refuseForeign(req);
    next();
  };
}

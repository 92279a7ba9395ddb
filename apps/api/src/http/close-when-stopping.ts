// A kept-alive connection would go on sending requests to a process that is leaving.

import type { RequestHandler } from 'express';

export function closeWhenStopping({ stopping }: { readonly stopping: AbortSignal }): RequestHandler {
  return (_req, res, next) => {
    if (stopping.aborted) res.set('Connection', 'close');
    next();
  };
}

// Logs refused credentials at most once a second, with the count since the last line, so that attempts with
// invalid keys are visible but cannot flood the log. The metrics count each refusal.

import type { Logger } from '@slotline/runtime';
import type { Request } from 'express';
import { clientIpOf } from './client-ip.ts';
import { traceIdOf } from './trace-id.ts';

const LINE_EVERY_MS = 1_000;

/** `reason`: why the credential was refused, if known. `now`: milliseconds of a monotonic clock. */
export function createNoteRefused(
  logger: Pick<Logger, 'warn'>,
  now = () => performance.now(),
): (req: Request, reason?: unknown) => void {
  let count = 0;
  let toldAt = -Infinity;
  return (req, reason) => {
    count += 1;
    if (now() - toldAt < LINE_EVERY_MS) return;
    const why = typeof reason === 'string' ? { reason } : {};
    logger.warn({ ip: clientIpOf(req), count, ...why, traceId: traceIdOf(req) }, 'credentials refused');
    toldAt = now();
    count = 0;
  };
}

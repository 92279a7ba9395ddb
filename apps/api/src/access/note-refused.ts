// The log of refused credentials: whoever tries keys that are none is seen, and cannot fill the log with it. One line a
// second at most, which says how many there were since the last one; the metrics count each.

import type { Logger } from '@slotline/runtime';
import type { Request } from 'express';
import { clientIpOf } from '../http/client-ip.ts';
import { traceIdOf } from '../http/trace-id.ts';

const LINE_EVERY_MS = 1_000;

/** `reason`: why the credential of this request was refused, where that is known. `now`: milliseconds of a clock that never goes back. */
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

// The trace id of an HTTP request: the caller's own from `traceparent` (W3C Trace Context) or a new one. Made
// only when something needs it, which is when something went wrong.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// Version ff and ids of nothing but zeros are invalid; versions after 00 may have further fields.
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|(?<!^00.*)-)/;

const traceIds = new WeakMap<IncomingMessage, string>();

/** 32 hexadecimal digits; the same for the same request whenever it is asked. */
export function traceIdOf(req: IncomingMessage): string {
  let traceId = traceIds.get(req);
  if (traceId === undefined) {
    traceId = traceIdOnceOf(req);
    traceIds.set(req, traceId);
  }
  return traceId;
}

/**
 * For who asks once and whom nobody asks after: another one each time, where the caller gave none. Node keeps random
 * UUIDs in store, so this takes a tenth of the time of as many random bytes; their last eight bytes are what a sampler
 * may count on as random.
 */
export function traceIdOnceOf({ headers }: IncomingMessage): string {
  const given = headers['traceparent'];
  const known = typeof given === 'string' ? TRACEPARENT.exec(given)?.[1] : undefined;
  return known ?? randomUUID().replaceAll('-', '');
}

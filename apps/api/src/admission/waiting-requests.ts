// Which requests wait for their turn before anything was done for them. What is wrong with the rest of such a request can
// be said at once: it was not accepted.

import type { IncomingMessage } from 'node:http';

const waiting = new WeakSet<IncomingMessage>();

export function noteWaiting(req: IncomingMessage): void {
  waiting.add(req);
}

export function noteBegun(req: IncomingMessage): void {
  waiting.delete(req);
}

export function isWaiting(req: IncomingMessage): boolean {
  return waiting.has(req);
}

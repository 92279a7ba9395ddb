// Marks requests that wait for their turn or for room before any work was done. If the rest of such a request is
// malformed, it can be refused immediately: it was not accepted, and no response to it is under way.

import type { IncomingMessage } from 'node:http';

const waiting = new WeakSet<IncomingMessage>();

export function beginWaiting(req: IncomingMessage): void {
  waiting.add(req);
}

export function endWaiting(req: IncomingMessage): void {
  waiting.delete(req);
}

export function isWaiting(req: IncomingMessage): boolean {
  return waiting.has(req);
}

// Answers malformed requests as Node's server does, unless responses to earlier pipelined requests are
// pending; then it closes the connection after those. Otherwise the client would take the 400 for the
// response to an earlier request, which may have been accepted.

import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isWaiting } from './admission/waiting-requests.ts';

/** Statuses by the codes of Node's errors; all others are 400. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

interface Owed {
  readonly requests: Set<IncomingMessage>;
  /** Whether the connection can no longer be read. */
  isBroken: boolean;
}

export function refuseMalformed(server: Server): void {
  const bySocket = new WeakMap<Duplex, Owed>();
  // One shared function: a closure per answer, with `once` around it, costs 300 bytes of every request.
  function pay(this: ServerResponse): void {
    const { req } = this;
    const owed = bySocket.get(req.socket);
    owed?.requests.delete(req);
    if (owed?.isBroken === true && owed.requests.size === 0) end(req.socket);
  }
  const note = (req: IncomingMessage, res: ServerResponse) => {
    const { socket } = req;
    const owed = bySocket.get(socket) ?? { requests: new Set(), isBroken: false };
    bySocket.set(socket, owed);
    owed.requests.add(req);
    res.on('close', pay);
  };
  server.prependListener('request', note).prependListener('checkContinue', note);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable) return void socket.destroy();
    const owed = bySocket.get(socket);
    if (owed !== undefined && [...owed.requests].some(mayBeTaken)) owed.isBroken = true;
    else end(socket, refusalOf(error));
  });
}

// A body is read to its end before anything is accepted, so a request truncated in its body was not accepted.
function mayBeTaken(req: IncomingMessage): boolean {
  const { complete, readableFlowing } = req;
  return complete || (readableFlowing !== true && !isWaiting(req));
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): string {
  const status = STATUSES[code] ?? 400;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`;
}

function end(socket: Duplex, last = ''): void {
  socket.end(last, () => socket.destroy());
}

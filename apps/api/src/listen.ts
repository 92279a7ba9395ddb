// The HTTP server around the app: its limits, and a shutdown that lets answers finish within the grace
// period.

import {
  createServer,
  type RequestListener,
  type Server,
  type IncomingMessage,
  STATUS_CODES,
  type ServerResponse,
} from 'node:http';
import type { Express } from 'express';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import type { Admitting } from './admission/open-admission.ts';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isWaiting } from './admission/waiting-requests.ts';

/**
 * Backlog of pending TCP connections: with Node's default of 511 a burst of clients waits a second for a TCP
 * retransmission.
 */
const BACKLOG = 4_096;

export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Accepts no new connections and resolves when every answer is sent. */
  drain(): Promise<void>;
  /** Closes the remaining connections. */
  cut(): void;
}

export interface ListenOptions {
  readonly admission?: Admitting | undefined;
  readonly httpLimits?: HttpLimits | undefined;
}

/**
 * `admission` refuses requests before the app sees them. Rejects with the system's error, such as EADDRINUSE,
 * when the port cannot be opened.
 */
export async function listen(
  app: Express,
  { host, port }: { host: string; port: number },
  { admission, httpLimits = HTTP_LIMITS }: ListenOptions = {},
): Promise<Listening> {
  const server = createBoundedServer(httpLimits, handler(app, admission));
  if (admission !== undefined) {
    server.on('checkContinue', boundRequests(continuing(app, admission), httpLimits));
  }
  refuseMalformed(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = portOf(server, port);
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    address: `http://${shown}:${bound}`,
    port: bound,
    drain: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    cut: () => server.closeAllConnections(),
  };
}

function createBoundedServer(limits: HttpLimits, listener: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      maxHeaderSize: limits.headerBytesMax,
      requireHostHeader: true,
      insecureHTTPParser: false,
    },
    boundRequests(listener, limits),
  );
  server.timeout = limits.stallTimeoutMs;
  server.maxConnections = limits.connectionsMax;
  return server;
}

function handler(app: Express, admission: Admitting | undefined): RequestListener {
  if (admission === undefined) return app;
  return (req, res) => admission.admit({ req, res }, () => void app(req, res));
}

// With `Expect: 100-continue` a refused client need not send its body. It may send the body all the same, so
// the connection of a refusal is closed.
function continuing(app: Express, admission: Admitting): RequestListener {
  return (req, res) => {
    const { shouldKeepAlive } = res;
    res.shouldKeepAlive = false;
    admission.admit({ req, res }, () => {
      res.shouldKeepAlive = shouldKeepAlive;
      res.writeContinue();
      app(req, res);
    });
  };
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : asked;
}

/**
 * Refuses requests that Node's server accepts and this one does not: too many headers, duplicates of Host or of
 * the credential, and too many pipelined requests. Its refusals have no problem document, like Node's own.
 */
function boundRequests(
  listener: RequestListener,
  { headersMax, pipelinedMax }: Pick<HttpLimits, 'headersMax' | 'pipelinedMax'>,
): RequestListener {
  const ahead = new WeakMap<Socket, number>();
  return (req, res) => {
    // Node assigns a socket to a response when it is that response's turn.
    if (res.socket === null) {
      const { socket } = req;
      const count = (ahead.get(socket) ?? 0) + 1;
      if (count > pipelinedMax) return void socket.destroy();
      ahead.set(socket, count);
      res.once('close', () => ahead.set(socket, (ahead.get(socket) ?? 1) - 1));
    }
    const refusal = boundsRefusal(req, headersMax);
    if (refusal === undefined) listener(req, res);
    else res.writeHead(refusal, { Connection: 'close', 'Content-Length': 0 }).end();
  };
}

function boundsRefusal({ rawHeaders }: IncomingMessage, headersMax: number): 400 | 431 | undefined {
  if (rawHeaders.length > 2 * headersMax) return 431;
  let hosts = 0;
  let credentials = 0;
  // Of a duplicate header Node silently takes the first, and a proxy in front may take the last (RFC 9112,
  // 3.2).
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    else if (name.length === 13 && name.toLowerCase() === 'authorization') credentials += 1;
  }
  return hosts > 1 || credentials > 1 ? 400 : undefined;
}

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

/**
 * Answers malformed requests as Node's server does, unless responses to earlier pipelined requests are
 * pending; then it closes the connection after those. Otherwise the client would take the 400 for the
 * response to an earlier request, which may have been accepted.
 */
function refuseMalformed(server: Server): void {
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
    else end(socket, malformedRefusal(error));
  });
}

// A body is read to its end before anything is accepted, so a request truncated in its body was not accepted.
function mayBeTaken(req: IncomingMessage): boolean {
  const { complete, readableFlowing } = req;
  return complete || (readableFlowing !== true && !isWaiting(req));
}

function malformedRefusal({ code = '' }: NodeJS.ErrnoException): string {
  const status = STATUSES[code] ?? 400;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`;
}

function end(socket: Duplex, last = ''): void {
  socket.end(last, () => socket.destroy());
}

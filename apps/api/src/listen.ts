// The HTTP server around the app: its limits, and a shutdown that lets answers finish within the grace
// period.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { Express } from 'express';
import { boundRequests } from './bound-requests.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { refuseMalformed } from './refuse-malformed.ts';
import type { Admitting } from './admission/open-admission.ts';

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

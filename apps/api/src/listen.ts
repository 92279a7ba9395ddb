// The HTTP server around the app: its limits, and an end that cuts off nobody in time.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { Express } from 'express';
import { boundRequests } from './bound-requests.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { refuseMalformed } from './refuse-malformed.ts';
import type { Admitting } from './admission/open-admission.ts';

/** Connections that wait to be taken: with Node's 511 a rush of clients waits for a second try of TCP, a second later. */
const BACKLOG = 4_096;

export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Takes no new connection and resolves when every answer is out. */
  drain(): Promise<void>;
  /** Cuts off what is left. */
  cut(): void;
}

export interface ListenOptions {
  readonly admission?: Admitting | undefined;
  readonly httpLimits?: HttpLimits | undefined;
}

/**
 * `admission` refuses before the app sees anything. Rejects with the system's error, EADDRINUSE among them, when the port
 * cannot be had.
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

// A client that asks before it sends its body is spared it when it is refused. It may send the body all the same, so the
// connection of a refusal cannot be used on.
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

// The HTTP server around the app: its limits, and an end that cuts off nobody in time.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { Express } from 'express';
import type { Shedding } from './shed/open-shedding.ts';

/** A client that drips its headers or body is cut off (408) after these. */
export const HEADERS_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for such clients. */
export const TIMEOUT_CHECK_MS = 1_000;
/** Longer than the idle time-outs of common load balancers (60 s), so that they close first, not we. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Takes no new connection and resolves when every answer is out. */
  drain(): Promise<void>;
  /** Cuts off what is left. */
  cut(): void;
}

/**
 * `shedding` refuses before the app sees anything. Rejects with the system's error, EADDRINUSE among them, when the port
 * cannot be had.
 */
export async function listen(
  app: Express,
  { host, port }: { host: string; port: number },
  shedding?: Shedding,
): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    handler(app, shedding),
  );
  if (shedding !== undefined) server.on('checkContinue', continuing(app, shedding));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
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

function handler(app: Express, shedding: Shedding | undefined): RequestListener {
  if (shedding === undefined) return app;
  return (req, res) => void (shedding.refuse(req, res) || app(req, res));
}

// A client that asks before it sends its body is spared it. Whether it sends it all the same is its choice, so the
// connection cannot be used on.
function continuing(app: Express, shedding: Shedding): RequestListener {
  return (req, res) => {
    res.shouldKeepAlive = false;
    if (shedding.refuse(req, res)) return;
    res.shouldKeepAlive = true;
    res.writeContinue();
    app(req, res);
  };
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : asked;
}

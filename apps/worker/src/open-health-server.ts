// A small HTTP server for health checks and metrics. A worker serves no other requests.

import { createServer } from 'node:http';
import type { Registry } from '@slotline/runtime';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `/healthz` answers 200 while the worker takes partition leases and 503 after that; `/metrics` is for Prometheus. */
export async function openHealthServer(options: {
  host: string;
  port: number;
  registry: Registry;
  /** The worker roles of the process; `/healthz` includes them. */
  roles: readonly string[];
  isRunning: () => boolean;
}): Promise<HealthServer> {
  const server = createServer((req, res) => {
    if (req.url === '/healthz') {
      res.writeHead(options.isRunning() ? 200 : 503, { 'content-type': 'application/json' });
      const status = options.isRunning() ? 'ok' : 'stopping';
      res.end(JSON.stringify({ status, roles: options.roles }));
    } else if (req.url === '/metrics') {
      void options.registry.metrics().then((text) => {
        res.writeHead(200, { 'content-type': options.registry.contentType });
        res.end(text);
      });
    } else {
      res.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// Has a reference's app listen on loopback, as a service that `runService` can end.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Service } from '@slotline/runtime';
import type { Express } from 'express';

/** `close` is what else the service holds; it is called after the last answer. */
export async function listen(app: Express, close: () => Promise<unknown> = async () => {}): Promise<Service> {
  const server = createServer((req, res) => void app(req, res));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await close();
      return true;
    },
  };
}

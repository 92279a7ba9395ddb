// Deliveries that take the turns of others: to receivers that never answer, and very many from one batch.

import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';

import type { Attack } from '../attack.ts';
import { batchOf, bookingOf } from '../hostile-bodies.ts';
import type { HostileClient } from '../hostile-client.ts';

const ORIGINS = 1_000;
const ENDPOINTS = 50;
const ATOMIC_ITEMS = 200;
const BATCH_ITEMS = 100;
/** Between two batches of bookings with callbacks. */
const CALLBACKS_PAUSE_MS = 250;
const ATOMIC_PAUSE_MS = 5_000;

async function listenOn(server: Server, host: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

/** Every n is another address of this machine's loopback network. */
function loopbackOf(net: number, number: number): string {
  return `127.${net}.${number >> 8}.${(number % 254) + 1}`;
}

const hangingCallbacks: Attack = {
  name: 'hanging-callbacks',
  summary: `bookings with callbacks to ${ORIGINS} addresses that accept a connection and never answer`,
  run: async (client, signal) => {
    const servers = Array.from({ length: ORIGINS }, () => createServer((socket) => socket.resume()));
    const hung = servers.map((server, at) => listenOn(server, loopbackOf(20, at)));
    const urls = await Promise.all(hung);
    const request = (number: number) => {
      const item = (at: number) => ({
        ...bookingOf(`callback-${at}`, { slot: at }),
        callbackUrl: `${urls[at % urls.length] ?? ''}/callback`,
      });
      return client.post(
        '/api/appointments/batch',
        batchOf({ from: number * BATCH_ITEMS, count: BATCH_ITEMS }, item),
      );
    };
    await client.repeat({ connections: 1, request, pauseMs: CALLBACKS_PAUSE_MS }, signal);
    servers.forEach((server) => server.close());
  },
};

const receiver = createHttpServer((req, res) => {
  req.resume();
  res.writeHead(204).end();
});

async function registerEndpoints(client: HostileClient): Promise<void> {
  receiver.keepAliveTimeout = 60_000;
  const address = await listenOn(receiver, '127.30.0.1');
  for (let number = 0; number < client.scaled(ENDPOINTS); number++) {
    await client.ask(client.post('/api/webhooks', JSON.stringify({ url: `${address}/${number}` })));
  }
}

const manyEndpoints: Attack = {
  name: 'many-endpoints',
  summary: `an atomic batch of ${ATOMIC_ITEMS} every 5 s, with ${ENDPOINTS} webhook endpoints to deliver it to`,
  prepare: registerEndpoints,
  run: (client, signal) => {
    const request = (number: number) => {
      const item = (at: number) => bookingOf(`told-${at}`, { slot: at });
      return client.post(
        '/api/appointments/batch?atomic=true',
        batchOf({ from: number * ATOMIC_ITEMS, count: ATOMIC_ITEMS }, item),
      );
    };
    return client.repeat({ connections: 1, request, pauseMs: ATOMIC_PAUSE_MS }, signal);
  },
};

export const WEBHOOK_ATTACKS: readonly Attack[] = [hangingCallbacks, manyEndpoints];

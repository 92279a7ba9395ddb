// Receivers of webhooks on loopback, real sockets that answer as badly as a test wants.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';

export interface Receiver {
  readonly port: number;
  /** `http://127.0.0.1:port`, or https with a certificate. */
  readonly origin: string;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  readonly open: () => number;
  /** Everything that was received so far, over all connections. */
  readonly received: () => string;
  /** The server names that TLS clients asked for. */
  readonly serverNames: readonly (string | false | null)[];
  readonly close: () => Promise<void>;
}

export type Behaviour = (socket: Socket) => void;

/** Answers the first bytes of a request with these, and ends. */
export function answering(answer: string | Uint8Array): Behaviour {
  return (socket) => void socket.once('data', () => socket.end(answer));
}

/** Answers the first bytes of a request with a beginning, and then with the same again for as long as it is read. */
export function flooding(beginning: string, again: string): Behaviour {
  return (socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(again));
    };
    socket.on('drain', flood);
    socket.once('data', () => {
      socket.write(beginning);
      flood();
    });
  };
}

/** Takes everything and says nothing. */
export const hanging: Behaviour = (socket) => void socket.resume();

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

export async function openReceiver(
  behaviour: Behaviour,
  { certificate }: { certificate?: Certificate } = {},
): Promise<Receiver> {
  const sockets = new Set<Socket>();
  const serverNames: (string | false | null)[] = [];
  let accepted = 0;
  let received = '';
  const speak = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    behaviour(socket);
  };
  const server: Server =
    certificate === undefined
      ? createServer(speak)
      : createTlsServer(certificate, (socket: TLSSocket) => {
          serverNames.push(socket.servername);
          speak(socket);
        });
  server.on('connection', (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    accepted: () => accepted,
    open: () => sockets.size,
    received: () => received,
    serverNames,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Waits for a fact; the test's own time-out is the limit. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

// A way to PostgreSQL that can be shut: connections break and new ones are refused, as when the server is killed.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Gate {
  /** The database's URL by way of the gate. */
  readonly url: string;
  shut(): void;
  /** Nothing passes any more, and nothing breaks. */
  freeze(): void;
  open(): void;
  close(): Promise<void>;
}

export async function openGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isShut = false;
  let isFrozen = false;
  const server = createServer((client) => {
    if (isShut) return client.destroy();
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      if (isFrozen) socket.pause();
      else socket.pipe(other);
    }
    return undefined;
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    shut() {
      isShut = true;
      cutAll();
    },
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    open() {
      isShut = false;
      isFrozen = false;
      cutAll();
    },
    close: () => {
      cutAll();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

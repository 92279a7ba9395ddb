/** A TCP proxy before PostgreSQL that can lose what passes through it. */

import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  /** The database's URL by way of the proxy. */
  readonly url: string;
  /** From now on no answer passes; once one of them holds this text, both sides are cut. */
  cutAtAnswer(text: string): void;
  /** All passes but the first answer that holds this text: it is lost, and both sides are cut. */
  loseAnswer(text: string): void;
  /** From now on nothing passes to the server; both sides are cut at the first attempt. */
  cutAtQuestion(): void;
  /** From now on nothing passes and nothing is cut. */
  swallow(): void;
  /** Cuts all connections, and new ones as they come, as when the server was killed. */
  refuse(): void;
  /** Lets everything pass again. Connections of which something was swallowed are cut. */
  heal(): void;
  close(): Promise<void>;
}

type Mode = { kind: 'pass' | 'question' | 'swallow' | 'refuse' } | { kind: 'answer' | 'lose'; text: string };

export async function openCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let mode: Mode = { kind: 'pass' };
  const server = createServer((client) => {
    if (mode.kind === 'refuse') return void client.destroy();
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
    }
    client.on('data', (data) => {
      if (mode.kind === 'question') client.destroy();
      else if (mode.kind !== 'swallow') upstream.write(data);
    });
    upstream.on('data', (data) => {
      const isHit = (mode.kind === 'answer' || mode.kind === 'lose') && data.includes(mode.text);
      if (isHit) client.destroy();
      else if (mode.kind === 'pass' || mode.kind === 'lose') client.write(data);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutAtAnswer: (text) => void (mode = { kind: 'answer', text }),
    loseAnswer: (text) => void (mode = { kind: 'lose', text }),
    cutAtQuestion: () => void (mode = { kind: 'question' }),
    swallow: () => void (mode = { kind: 'swallow' }),
    refuse: () => {
      mode = { kind: 'refuse' };
      cutAll();
    },
    heal: () => {
      if (mode.kind === 'swallow') cutAll();
      mode = { kind: 'pass' };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

// A client that speaks HTTP byte by byte, so that it can speak it wrongly, slowly or without end.

import { connect, type Socket } from 'node:net';

export interface RawConnection {
  readonly socket: Socket;
  write(text: string): void;
  /** Writes `text` repeatedly at the given interval in milliseconds, until the connection closes. */
  drip(text: string, everyMs: number): void;
  /** What the server had said when it closed or cut the connection. */
  untilClosed(): Promise<string>;
  /** What the server has said by the time that it contains `text`; rejects when the connection closes before. */
  untilSaid(text: string): Promise<string>;
}

export async function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let said = '';
  let isClosed = false;
  socket.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')));
  // Most of these tests expect a closed connection; they wait for `close`.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isClosed = true;
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    void closed.then(() => reject(new Error('the server takes no connection')));
  });
  return {
    socket,
    write: (text) => void socket.write(text),
    drip: (text, everyMs) => {
      const timer = setInterval(() => socket.write(text), everyMs);
      void closed.then(() => clearInterval(timer));
    },
    untilClosed: async () => {
      await closed;
      return said;
    },
    untilSaid: async (text) => {
      while (!said.includes(text)) {
        if (isClosed) throw new Error(`the server closed the connection and had said: ${said}`);
        await new Promise<void>((resolve) => {
          socket.once('data', () => resolve());
          void closed.then(resolve);
        });
      }
      return said;
    },
  };
}

/** The statuses of all answers in what a server said. */
export function statusesIn(said: string): number[] {
  return [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

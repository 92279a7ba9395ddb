/** Ports on loopback. A port found free can be taken a moment later: the starters try again with another one. */
import { createServer } from 'node:net';
import { EmbeddedServerError } from './embedded-error.ts';

export const LOOPBACK = '127.0.0.1';

/** Listens for a moment; resolves to the port that worked, rejects with the system's error. */
function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('a listening socket has no port'));
      });
    });
  });
}

/** Finds a port that is free at this moment. */
export function findFreePort(): Promise<number> {
  return listenOnce(0);
}

/** Throws an `EmbeddedServerError` if the port is already in use or may not be used. */
export async function assertPortFree(port: number, server: string): Promise<void> {
  await listenOnce(port).catch((error: NodeJS.ErrnoException) => {
    const reason =
      error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used (${error.code})`;
    throw new EmbeddedServerError(
      `Port ${port} on ${LOOPBACK}, wanted for ${server}, ${reason}. Stop that program, or choose another port.`,
    );
  });
}

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';

import { RawConnection } from './raw-connection.ts';

let server: Server | undefined;
let connection: RawConnection | undefined;

afterEach(async () => {
  connection?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

async function connect(answer: RequestListener): Promise<RawConnection> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (connection = new RawConnection((server.address() as AddressInfo).port));
}

function send(to: RawConnection): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve) => {
    to.send('GET / HTTP/1.1\r\nHost: test\r\n\r\n', (status, bytes) => resolve({ status, bytes }));
  });
}

test('answers in chunks end with their last chunk, and the connection is used on', async () => {
  const ports = new Set<number | undefined>();
  const to = await connect((req, res) => {
    ports.add(req.socket.remotePort);
    res.write('x'.repeat(300_000));
    setTimeout(() => res.end('the rest'), 5);
  });
  for (let number = 0; number < 3; number++) {
    const { status, bytes } = await send(to);
    expect(status).toBe(200);
    expect(bytes).toBeGreaterThan(300_008);
  }
  expect(ports.size).toBe(1);
});

test('an answer that is cut off has no status', async () => {
  const to = await connect((_req, res) => {
    res.writeHead(200, { 'Content-Length': 10 });
    res.write('short');
    setTimeout(() => res.destroy(), 5);
  });
  expect((await send(to)).status).toBe(0);
});

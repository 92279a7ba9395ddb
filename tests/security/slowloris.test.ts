// Clients that hold connections without using them are disconnected while other clients are served. The limits are
// shortened here; the first test checks that those of production end within ten seconds.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HTTP_LIMITS } from '@slotline/api';
import { startSystem, type System } from '@slotline/testkit';
import { openConnection, statusesIn } from './raw-http.ts';

const SHORT = {
  headersTimeoutMs: 200,
  requestTimeoutMs: 300,
  timeoutCheckMs: 20,
  keepAliveTimeoutMs: 200,
  stallTimeoutMs: 600,
};

let system: System;
beforeAll(async () => {
  system = await startSystem({ workers: 0, httpLimits: SHORT });
});
afterAll(async () => {
  await system.close();
});

const isServed = async () => (await fetch(`${system.url}/healthz`)).status === 200;

it('in production each of them is cut off within ten seconds, and the longest wait and its answer fit', () => {
  const { headersTimeoutMs, requestTimeoutMs, timeoutCheckMs, stallTimeoutMs, keepAliveTimeoutMs } =
    HTTP_LIMITS;
  expect(headersTimeoutMs + timeoutCheckMs).toBeLessThanOrEqual(10_000);
  expect(requestTimeoutMs + timeoutCheckMs).toBeLessThanOrEqual(10_000);
  expect(headersTimeoutMs).toBeLessThanOrEqual(requestTimeoutMs);
  // 30 s is what a client may wait for a decision, 60 s what load balancers keep an idle connection.
  expect(stallTimeoutMs).toBeGreaterThan(30_000);
  expect(keepAliveTimeoutMs).toBeGreaterThan(60_000);
  expect([HTTP_LIMITS.headerBytesMax, HTTP_LIMITS.headersMax]).toEqual([16_384, 100]);
  expect(HTTP_LIMITS.connectionsMax).toBe(10_000);
});

describe.each([
  ['the public port', () => system.url],
  ['the admin port', () => system.adminUrl],
])('on %s', (_port, urlOf) => {
  it('headers that drip end in 408', async () => {
    const client = await openConnection(urlOf());
    client.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
    client.drip('X-Drip: 1\r\n', 20);
    expect(statusesIn(await client.untilClosed())).toEqual([408]);
  });

  it('a head of which nothing more comes ends in 408', async () => {
    const client = await openConnection(urlOf());
    client.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Half');
    expect(statusesIn(await client.untilClosed())).toEqual([408]);
  });

  it('a hundred silent connections are closed, and other clients are served until then', async () => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => openConnection(urlOf())));
    expect(await isServed()).toBe(true);
    const said = await Promise.all(clients.map((client) => client.untilClosed()));
    expect(said.flatMap(statusesIn).every((status) => status === 408)).toBe(true);
  });

  it('a connection that asked once and then nothing is closed', async () => {
    const client = await openConnection(urlOf());
    client.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(statusesIn(await client.untilClosed())).toEqual([200]);
  });
});

describe('a body', () => {
  const HEAD = 'POST /api/appointments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

  it('that drips ends in 408', async () => {
    const client = await openConnection(system.url);
    client.write(`${HEAD}Content-Length: 60000\r\n\r\n{`);
    client.drip(' ', 20);
    expect(statusesIn(await client.untilClosed())).toEqual([408]);
  });

  it('of which nothing comes ends in 408', async () => {
    const client = await openConnection(system.url);
    client.write(`${HEAD}Content-Length: 60000\r\n\r\n`);
    expect(statusesIn(await client.untilClosed())).toEqual([408]);
  });

  it('that drips in chunks without end ends in 408', async () => {
    const client = await openConnection(system.url);
    client.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    client.drip('1\r\n \r\n', 20);
    expect(statusesIn(await client.untilClosed())).toEqual([408]);
  });

  it('that pours in chunks without end ends in 408', async () => {
    const client = await openConnection(system.url);
    client.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    client.drip(`4000\r\n${' '.repeat(0x4000)}\r\n`, 1);
    expect(statusesIn(await client.untilClosed())).toEqual([408]);
  });

  it('that is announced as too large is refused before it comes, and cut off when it comes all the same', async () => {
    const client = await openConnection(system.url);
    client.write(`${HEAD}Content-Length: 1000000000\r\n\r\n`);
    await client.untilSaid('HTTP/1.1 413 ');
    client.drip(' '.repeat(0x4000), 1);
    expect(statusesIn(await client.untilClosed())[0]).toBe(413);
  });
});

it('a client that requests large answers and reads nothing is disconnected', async () => {
  // The server allows one connection, so serving a second client proves that this one is closed.
  const narrow = await startSystem({ workers: 0, httpLimits: { ...SHORT, connectionsMax: 1 } });
  try {
    const client = await openConnection(narrow.url);
    client.socket.pause();
    // More than the kernel buffers for an unread socket.
    client.write('GET /api/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
    for (;;) {
      const answer = await fetch(`${narrow.url}/healthz`).catch(() => undefined);
      if (answer?.status === 200) break;
    }
    client.socket.destroy();
  } finally {
    await narrow.close();
  }
});

describe('requests sent ahead', () => {
  const WAITING = 'GET /api/changes?wait=20 HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const NEXT = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it('are answered in their order', async () => {
    const client = await openConnection(system.url);
    client.write(`GET /api/nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n${NEXT.repeat(20)}`);
    expect(statusesIn(await client.untilClosed())).toEqual([404, ...Array.from({ length: 20 }, () => 200)]);
  });

  it('beyond the pipelining limit close the connection', async () => {
    // Production limits: the first request waits, so only the number of requests can close the connection.
    const patient = await startSystem({ workers: 0 });
    try {
      const client = await openConnection(patient.url);
      client.write(WAITING + NEXT.repeat(HTTP_LIMITS.pipelinedMax));
      client.write(NEXT);
      expect(await client.untilClosed()).toBe('');
    } finally {
      await patient.close();
    }
  });
});

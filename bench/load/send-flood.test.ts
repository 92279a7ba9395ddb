import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';

import { sendFlood } from './send-flood.ts';
import { HOT_ORG } from './traffic.ts';

let server: Server | undefined;

async function serve(answer: RequestListener) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, traffic: HOT_ORG, from: 10, connections: 2 };
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

test('every number is sent once, over connections that are kept', async () => {
  const ids: string[] = [];
  const ports = new Set<number | undefined>();
  const flood = await serve((req, res) => {
    ports.add(req.socket.remotePort);
    let body = '';
    req.on('data', (data: Buffer) => (body += data.toString()));
    req.on('end', () => {
      ids.push((JSON.parse(body) as { id: string }).id);
      res.writeHead(202, { 'Content-Length': 2 }).end('ok');
    });
  });
  const { answers } = await sendFlood({ ...flood, perSecond: 1_000, requests: 5 });
  expect(ids.toSorted()).toEqual(['10', '11', '12', '13', '14']);
  expect(ports.size).toBeLessThanOrEqual(2);
  expect(answers[202]?.count).toBe(5);
});

test('answers are counted by status, broken connections as 0, and neither ends the flood', async () => {
  let asked = 0;
  const flood = await serve((req, res) => {
    asked += 1;
    if (asked === 2) return void req.socket.destroy();
    res.writeHead(asked === 3 ? 503 : 202, { 'Content-Length': 0 }).end();
  });
  const { answers } = await sendFlood({ ...flood, perSecond: 1_000, connections: 1, requests: 4 });
  expect(Object.entries(answers).map(([status, { count }]) => [status, count])).toEqual([
    ['0', 1],
    ['202', 2],
    ['503', 1],
  ]);
});

test('a request that waits for a connection is late from its due time', async () => {
  const flood = await serve((_req, res) => {
    setTimeout(() => res.writeHead(202, { 'Content-Length': 0 }).end(), 20);
  });
  const { answers, generatorLateMs } = await sendFlood({
    ...flood,
    perSecond: 1_000,
    connections: 1,
    requests: 4,
  });
  expect(answers[202]?.max).toBeGreaterThan(3 * 20);
  // And that is no lateness of the generator.
  expect(generatorLateMs).toBeLessThan(answers[202]?.max ?? 0);
});

test('every n-th request waits for its decision, and is counted separately', async () => {
  const flood = await serve((req, res) => {
    res.writeHead(req.headers.prefer === undefined ? 202 : 201, { 'Content-Length': 0 }).end();
  });
  const { answers, waited } = await sendFlood({ ...flood, perSecond: 1_000, requests: 10, waitEvery: 4 });
  expect(answers[202]?.count).toBe(7);
  expect(waited).toMatchObject({ count: 3, statuses: [201] });
});

/** A server that refuses each booking so often before it takes it; counts its tries. */
async function serveRefusing(times: number, retryAfterS: number) {
  const tries = new Map<string, number>();
  const flood = await serve((req, res) => {
    let body = '';
    req.on('data', (data: Buffer) => (body += data.toString()));
    req.on('end', () => {
      const { id } = JSON.parse(body) as { id: string };
      const before = tries.get(id) ?? 0;
      tries.set(id, before + 1);
      if (before < times) res.writeHead(503, { 'Content-Length': 0, 'Retry-After': retryAfterS }).end();
      else res.writeHead(202, { 'Content-Length': 0 }).end();
    });
  });
  return { flood, tries };
}

test('a refused booking that ignores Retry-After is sent once more, and then given up', async () => {
  const { flood, tries } = await serveRefusing(2, 1);
  const { answers } = await sendFlood({ ...flood, perSecond: 1_000, requests: 3, refused: 'ignore' });
  expect([...tries.values()]).toEqual([2, 2, 2]);
  expect(answers[503]?.count).toBe(6);
});

test('a refused booking that honours Retry-After is sent again after it, while the flood lasts', async () => {
  const { flood, tries } = await serveRefusing(1, 1);
  const startedAt = performance.now();
  const { answers } = await sendFlood({ ...flood, perSecond: 2, requests: 4, refused: 'honour' });
  expect([...tries.values()].toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2]);
  expect(answers[202]?.count).toBe(2);
  // Its time begins when it is due again.
  expect(answers[202]?.max).toBeLessThan(1_000);
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
});

test('a loop has one booking under way on each connection, and sends a refused one again', async () => {
  const { flood, tries } = await serveRefusing(1, 1);
  const { answers, sent } = await sendFlood({ ...flood, seconds: 0.1, isWaiting: false });
  expect([...tries.keys()].slice(0, 2)).toEqual(['10', '11']);
  expect(sent).toBe(tries.size);
  expect(Math.abs((answers[503]?.count ?? 0) - (answers[202]?.count ?? 0))).toBeLessThanOrEqual(2);
});

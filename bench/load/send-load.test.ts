import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';

import { sendLoad } from './send-load.ts';
import { HOT_ORG } from './traffic.ts';

let server: Server | undefined;
const ids: string[] = [];

/** A server that notes its requests and answers each after `delayMs`. */
async function serve({ status = 202, delayMs = 0 } = {}) {
  server = createServer((req, res) => {
    let body = '';
    req.on('data', (data: Buffer) => (body += data.toString()));
    req.on('end', () => {
      ids.push((JSON.parse(body) as { id: string }).id);
      setTimeout(() => res.writeHead(status).end('so it is'), delayMs);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, traffic: HOT_ORG, from: 10, connections: 2, expected: [202] };
}

afterEach(async () => {
  ids.length = 0;
  await new Promise((resolve) => server?.close(resolve));
});

test('a closed load sends every number once', async () => {
  const result = await sendLoad({ ...(await serve()), kind: 'closed', requestsMax: 5 });
  expect(result.sent).toBe(5);
  expect(ids.toSorted()).toEqual(['10', '11', '12', '13', '14']);
});

test('a closed load ends in its time', async () => {
  const load = { ...(await serve({ delayMs: 5 })), requestsMax: 1_000_000, seconds: 0.05 };
  const { sent } = await sendLoad({ ...load, kind: 'closed' });
  expect(sent).toBe(ids.length);
  expect(sent).toBeLessThan(1_000);
});

test('an open load counts what a request waited for a connection', async () => {
  const load = { ...(await serve({ delayMs: 20 })), connections: 1, perSecond: 1_000, requests: 4 };
  const { latenciesMs } = await sendLoad({ ...load, kind: 'open' });
  expect(latenciesMs).toHaveLength(4);
  expect(latenciesMs[3]).toBeGreaterThan(3 * 20);
});

test.each(['closed', 'open'] as const)(
  'a %s load fails with an answer that was not expected',
  async (kind) => {
    const load = { ...(await serve({ status: 429 })), requestsMax: 3, requests: 3, perSecond: 1_000 };
    await expect(sendLoad({ ...load, kind })).rejects.toThrow('answered 429: so it is');
  },
);

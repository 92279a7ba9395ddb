// The receiver's process: `/good` takes a webhook at once and notes how long ago its fact was decided, `/hang`
// never answers. Its parent requests what was noted since its last request.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

let latenciesMs: number[] = [];

const server = createServer((req, res) => void receive(req, res).catch(() => req.destroy()));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ kind: 'ready', address: `http://127.0.0.1:${port}` });
});
process.on('message', () => {
  process.send?.({ kind: 'noted', latenciesMs });
  latenciesMs = [];
});
process.on('disconnect', () => process.exit());

async function receive(req: IncomingMessage, res: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of req) body += String(chunk);
  if (req.url?.startsWith('/hang') === true) return;
  const { timestamp } = JSON.parse(body) as { timestamp: string };
  latenciesMs.push(Date.now() - Date.parse(timestamp));
  res.writeHead(204).end();
}

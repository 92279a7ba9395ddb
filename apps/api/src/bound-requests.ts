// Refuses requests that Node's server accepts and this one does not: too many headers, duplicates of Host or
// of the credential, and too many pipelined requests. Costs 0.1 µs.

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits } from './http-limits.ts';

/** Wraps a listener. Its refusals have no problem document, like Node's own. */
export function boundRequests(
  listener: RequestListener,
  { headersMax, pipelinedMax }: Pick<HttpLimits, 'headersMax' | 'pipelinedMax'>,
): RequestListener {
  const ahead = new WeakMap<Socket, number>();
  return (req, res) => {
    // Node assigns a socket to a response when it is that response's turn.
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
  // Of a duplicate header Node silently takes the first, and a proxy in front may take the last (RFC 9112,
  // 3.2).
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    else if (name.length === 13 && name.toLowerCase() === 'authorization') credentials += 1;
  }
  return hosts > 1 || credentials > 1 ? 400 : undefined;
}

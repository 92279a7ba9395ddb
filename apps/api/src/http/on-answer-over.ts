// When an answer is over: it is with the client, or the client is gone.

import type { ServerResponse } from 'node:http';

/**
 * Calls `over` once the answer is out or its connection is closed; at once when it is closed already. Returns what
 * stops listening. An answer behind others on its connection has no socket yet, and has no `close` when the
 * connection closes.
 */
export function onAnswerOver(res: ServerResponse, over: () => void): () => void {
  const { socket } = res.req;
  const stop = () => {
    res.off('close', end);
    socket.off('close', end);
  };
  const end = () => {
    stop();
    over();
  };
  if (res.closed || socket.destroyed) over();
  else res.once('close', end);
  if (res.socket === null && !socket.destroyed) {
    // As many as are sent ahead, which `bound-requests.ts` limits.
    socket.setMaxListeners(0);
    socket.once('close', end);
  }
  return stop;
}

/** Whether there is a client that could take the answer. */
export function isGone(res: ServerResponse): boolean {
  return res.closed || res.req.socket.destroyed;
}

// Detects the end of an answer: the client has it, or the client is gone.

import type { ServerResponse } from 'node:http';

/**
 * Calls `over` once the answer is sent or its connection is closed; synchronously when it is closed already.
 * Returns a function that stops listening. A pipelined answer behind others has no socket yet and emits no
 * `close` when the connection closes, so the socket is watched as well.
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
    // One listener per pipelined request; `bound-requests.ts` limits those.
    socket.setMaxListeners(0);
    socket.once('close', end);
  }
  return stop;
}

/** Whether there is a client that could take the answer. */
export function isGone(res: ServerResponse): boolean {
  return res.closed || res.req.socket.destroyed;
}

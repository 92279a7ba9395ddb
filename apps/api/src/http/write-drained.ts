// Writes with back-pressure: data that the client has not taken stays with the writer instead of the socket's
// buffer.

import type { ServerResponse } from 'node:http';
import { isGone, onAnswerOver } from './on-answer-over.ts';

/**
 * Resolves with true when more may be written, and with false when the client is gone. The server's stall
 * timeout disconnects a client that takes nothing.
 */
export async function writeDrained(res: ServerResponse, chunk: Buffer): Promise<boolean> {
  if (isGone(res)) return false;
  if (res.write(chunk)) return true;
  return new Promise((resolve) => {
    const finish = (isDrained: boolean) => {
      res.off('drain', onDrain);
      stop();
      resolve(isDrained);
    };
    const onDrain = () => finish(true);
    const stop = onAnswerOver(res, () => resolve(false));
    res.once('drain', onDrain);
  });
}

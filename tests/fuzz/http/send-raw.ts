// Sends bytes over a separate socket and reads whatever comes back, as an attacker would: no rule of HTTP is
// kept that the bytes themselves do not keep.

import { connect } from 'node:net';
import type { HttpRequest, Reply } from './exchange.ts';
import { parseAnswers } from './parse-answers.ts';

/** Longer than the service's own limits for headers and bodies that do not come. */
const RAW_TIMEOUT_MS = 15_000;
/** Ours is half closed after this, so that the service need not wait for bytes that never come. */
const LINGER_MS = 30;

/** Everything is written at once, then this side of the connection ends. */
export function sendRaw({ origin, bytes = Buffer.alloc(0) }: HttpRequest): Promise<Reply> {
  const { hostname, port } = new URL(origin);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const finish = (isTimedOut: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      const [first, ...rest] = parseAnswers(Buffer.concat(chunks), performance.now() - startedAt);
      if (first !== undefined) resolve({ kind: 'answered', answers: [first, ...rest] });
      else resolve({ kind: isTimedOut ? 'timed-out' : 'closed' });
    };
    const timer = setTimeout(finish, RAW_TIMEOUT_MS, true);
    socket.on('connect', () => {
      socket.write(bytes);
      setTimeout(() => socket.end(), LINGER_MS);
    });
    socket.on('data', (data) => chunks.push(data));
    socket.on('end', () => finish(false));
    // Cut off in the middle of our writing: what it said before that counts.
    socket.on('error', () => finish(false));
  });
}

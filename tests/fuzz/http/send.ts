// Sends well-formed requests through a client with keep-alive connections, and malformed ones over a separate socket
// each. Streams are read for a moment and then closed.

import { Pool } from 'undici';
import type { Answer, HttpRequest, Reply } from './exchange.ts';
import { sendRaw } from './send-raw.ts';

export interface Sender {
  send(request: HttpRequest): Promise<Reply>;
  close(): Promise<void>;
}

/** No answer of the service takes this long: waits are short here. */
const ANSWER_TIMEOUT_MS = 20_000;
/** How long a stream is listened to. */
const STREAM_MS = 40;
/** More of one answer is not read. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

export function openSender({ connections }: { connections: number }): Sender {
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string) => {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, {
      connections,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
    pools.set(origin, pool);
    return pool;
  };
  return {
    send: (request) =>
      request.bytes === undefined ? sendPolitely(poolOf(request.origin), request) : sendRaw(request),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

async function sendPolitely(pool: Pool, request: HttpRequest): Promise<Reply> {
  const startedAt = performance.now();
  try {
    const { statusCode, headers, body } = await pool.request({
      method: request.method,
      path: request.target,
      headers: request.headers.flat(),
      body: request.body ?? null,
    });
    const flat = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    const isStream = flat['content-type']?.startsWith('text/event-stream') === true;
    const bytes = await readBody(body, isStream ? STREAM_MS : undefined);
    const answer: Answer = {
      status: statusCode,
      headers: flat,
      body: bytes,
      tookMs: performance.now() - startedAt,
    };
    return { kind: 'answered', answers: [answer] };
  } catch (error) {
    if (/^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/.test(codeOf(error))) return { kind: 'timed-out' };
    if (isCutOff(error)) return { kind: 'closed' };
    throw error;
  }
}

interface BodyStream extends AsyncIterable<Uint8Array> {
  destroy(): unknown;
  on(event: 'error', listener: () => void): unknown;
}

async function readBody(body: BodyStream, forMs: number | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isLetGo = false;
  const letGo = () => {
    isLetGo = true;
    body.destroy();
  };
  body.on('error', () => undefined);
  const timer = forMs === undefined ? undefined : setTimeout(letGo, forMs);
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > BODY_BYTES_MAX) throw new Error(`an answer is longer than ${BODY_BYTES_MAX} bytes`);
    }
  } catch (error) {
    if (!isLetGo) throw error;
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isCutOff(error: unknown): boolean {
  return /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE|ECONNREFUSED)$/.test(codeOf(error));
}

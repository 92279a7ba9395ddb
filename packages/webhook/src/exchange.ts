/**
 * One POST and its answer over one connection, which undici speaks HTTP on. Reads what it needs and no more: the
 * status, `Retry-After` and the beginning of the body as it came, not decompressed. Follows nothing, reuses nothing.
 */
import type { Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import { ANSWER_BYTES_KEPT, HEAD_BYTES_MAX, WIRE_BYTES_EACH_MAX } from './limits.ts';
import { PostError, toPostError } from './post-error.ts';

export interface Exchange {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bytesMax: number;
  /** Opens the connection; called once. */
  readonly dial: () => Promise<Socket>;
  readonly signal: AbortSignal;
  readonly onHead: () => void;
}

export interface Exchanged {
  readonly status: number;
  readonly retryAfter: string | string[] | undefined;
  /** The beginning of the body. */
  readonly bytes: Uint8Array;
}

/** Rejects with the signal's reason as soon as it is aborted, otherwise with the error of the client or the exchange. */
export async function exchange(request: Exchange): Promise<Exchanged> {
  let client: Client | undefined;
  try {
    return await new Promise<Exchanged>((resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true });
      client = openClient(request, reject);
      client.dispatch(toDispatch(request), createHandler(request, { resolve, reject }));
    });
  } finally {
    await client?.destroy();
  }
}

/**
 * A client for one connection. undici's own timers are off, because one deadline bounds everything; and it cannot
 * connect again behind our back, because a second connection is refused.
 */
function openClient(request: Exchange, onLost: (error: Error) => void): Client {
  let isDialled = false;
  return new Client(request.url.origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: HEAD_BYTES_MAX,
    connect: (_target, callback) => {
      if (isDialled) return callback(new PostError('connection', 'the connection was lost'), null);
      isDialled = true;
      handOver(request, callback).catch(onLost);
    },
  });
}

async function handOver({ dial, bytesMax }: Exchange, callback: buildConnector.Callback): Promise<void> {
  let socket: Socket;
  try {
    socket = await dial();
  } catch (error) {
    return callback(toPostError(error), null);
  }
  callback(null, socket);
  boundReading(socket, HEAD_BYTES_MAX + WIRE_BYTES_EACH_MAX * bytesMax);
}

// After undici has attached itself: a listener that comes first would swallow the news of what is already there.
function boundReading(socket: Socket, bytesMax: number): void {
  socket.on('readable', () => {
    if (socket.bytesRead > bytesMax) socket.destroy(new PostError('protocol', 'the answer has no end'));
  });
}

function toDispatch({ url, headers, body }: Exchange): Dispatcher.DispatchOptions {
  return { path: url.pathname + url.search, method: 'POST', headers, body, reset: true };
}

interface Settling {
  readonly resolve: (exchanged: Exchanged) => void;
  readonly reject: (error: Error) => void;
}

function createHandler(
  { bytesMax, onHead }: Exchange,
  { resolve, reject }: Settling,
): Dispatcher.DispatchHandler {
  let head: Omit<Exchanged, 'bytes'> | undefined;
  let bytesRead = 0;
  const kept: Uint8Array[] = [];
  const finish = (): void => {
    if (head !== undefined) resolve({ ...head, bytes: Buffer.concat(kept) });
  };
  return {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status, headers) => {
      // Interim answers say nothing; the real one follows, or the deadline.
      if (status < 200) return;
      head = { status, retryAfter: headers['retry-after'] };
      onHead();
    },
    onResponseData: (_controller, chunk) => {
      // A copy, because the chunk is a window into a larger buffer.
      if (bytesRead < ANSWER_BYTES_KEPT)
        kept.push(Uint8Array.from(chunk.subarray(0, ANSWER_BYTES_KEPT - bytesRead)));
      bytesRead += chunk.length;
      // The status is known, and enough was read: the rest is cut off with the connection.
      if (bytesRead > bytesMax) finish();
    },
    onResponseEnd: finish,
    onResponseError: (_controller, error) => reject(error),
  };
}

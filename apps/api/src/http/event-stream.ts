// Writes one stream of server-sent events (WHATWG HTML, 9.2) to one client with back-pressure: a send waits
// until the socket has drained. A client that stalls for too long gets a `dropped` event and is disconnected,
// so a stream holds no more memory than its last send.

import type { ServerResponse } from 'node:http';

export interface EventStreamLimits {
  /** Interval of comments that keep proxies from closing an idle stream. */
  readonly heartbeatMs: number;
  /** How long sent data may stay in the buffer before the reader counts as stalled. */
  readonly stallMs: number;
  /** How long a dropped reader has to read what was sent, including the `dropped` event. */
  readonly dropLingerMs: number;
  /** How long the last event of a stream may take before the connection is destroyed. */
  readonly endLingerMs: number;
}

export interface ServerEvent {
  readonly event: string;
  /** The position from which the client resumes; without a line break. */
  readonly id?: string;
  readonly data: string;
}

export interface EventStream {
  /** Aborted when nothing more can be sent: the client disconnected, or the stream was ended or dropped. */
  readonly signal: AbortSignal;
  /** Resolves when the socket has drained: true, or false when the stream is over. Never rejects. */
  send(events: readonly ServerEvent[]): Promise<boolean>;
  /** Sends a last event and ends the stream; does nothing when the stream is over. */
  end(last?: ServerEvent): void;
}

/** Reconnection delay of browsers. */
const RETRY_MS = 1_000;

const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Disables response buffering in nginx and compatible proxies.
  'X-Accel-Buffering': 'no',
  // A stream ends with its connection, so that a stopping process does not wait for clients to close it.
  Connection: 'close',
} as const;

/** Sends the head immediately, so that the client knows it is connected before the first event. */
export function openEventStream(
  res: ServerResponse,
  options: EventStreamLimits & { readonly onDrop?: () => void },
): EventStream {
  const over = new AbortController();
  let lastId: string | undefined;

  const end = (last: ServerEvent | undefined, lingerMs: number) => {
    if (over.signal.aborted) return;
    over.abort();
    res.end(last === undefined ? '' : formatEvent(last));
    // A reader that takes nothing would hold the connection indefinitely.
    const cut = setTimeout(() => res.destroy(), lingerMs);
    res.once('close', () => clearTimeout(cut));
  };
  const begin = () => {
    res.once('close', () => over.abort());
    res.writeHead(200, EVENT_STREAM_HEADERS);
    res.write(`retry: ${RETRY_MS}\n\n`);
    keepAlive(res, { everyMs: options.heartbeatMs, signal: over.signal });
  };
  const drop = () => {
    if (over.signal.aborted) return;
    options.onDrop?.();
    const data = JSON.stringify({ reason: 'slow-reader', lastEventId: lastId ?? null });
    end({ event: 'dropped', data }, options.dropLingerMs);
  };

  // `close` also reports a broken pipe; without this listener the error would end the process.
  res.on('error', () => undefined);
  // If the client disconnected during setup, no `close` event fires, so the stream is ended here.
  if (res.closed) over.abort();
  else begin();

  return {
    signal: over.signal,
    end: (last) => end(last, options.endLingerMs),
    async send(events) {
      if (over.signal.aborted) return false;
      if (events.length === 0) return true;
      lastId = events.findLast(({ id }) => id !== undefined)?.id ?? lastId;
      if (res.write(events.map(formatEvent).join(''))) return true;
      const isDrained = await drained(res, { timeoutMs: options.stallMs, signal: over.signal });
      if (!isDrained) drop();
      return isDrained;
    },
  };
}

/** The lines of one event; multi-line data is preserved except for the kind of its line breaks. */
export function formatEvent({ event, id, data }: ServerEvent): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n${lines.join('')}\n`;
}

function keepAlive(res: ServerResponse, { everyMs, signal }: { everyMs: number; signal: AbortSignal }): void {
  const timer = setInterval(() => {
    // Heartbeats behind data that has not drained would only accumulate.
    if (!res.writableNeedDrain) res.write(': heartbeat\n\n');
  }, everyMs);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** Whether the socket drained in time; false as soon as the stream is over. */
function drained(
  res: ServerResponse,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (isDrained: boolean) => {
      clearTimeout(timer);
      res.off('drain', onDrain);
      signal.removeEventListener('abort', onAbort);
      resolve(isDrained);
    };
    const onDrain = () => finish(true);
    const onAbort = () => finish(false);
    const timer = setTimeout(finish, timeoutMs, false);
    res.on('drain', onDrain);
    signal.addEventListener('abort', onAbort);
  });
}

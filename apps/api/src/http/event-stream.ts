// Writes one stream of server-sent events (WHATWG HTML, 9.2) to one client, and never more than the client takes:
// whoever sends next waits until the socket has drained. A client that takes nothing for too long is told so and cut
// off, so a stream costs the memory of what was sent last and no more.

import type { ServerResponse } from 'node:http';

export interface EventStreamLimits {
  /** A comment so often keeps proxies from taking a quiet stream for a dead one. */
  readonly heartbeatMs: number;
  /** How long what was sent may lie in the buffer before the reader counts as stalled. */
  readonly stallMs: number;
  /** How long a dropped reader has to take what was sent, and to see that it was dropped. */
  readonly dropLingerMs: number;
  /** How long the last event of a stream may take to get out before the connection is destroyed. */
  readonly endLingerMs: number;
}

export interface ServerEvent {
  readonly event: string;
  /** Where the client goes on from; without a line break. */
  readonly id?: string;
  readonly data: string;
}

export interface EventStream {
  /** Aborted when nothing more can be sent: the client went, the stream was ended or its reader dropped. */
  readonly signal: AbortSignal;
  /** Resolves when the socket has taken everything: true, or false when the stream is over. Never rejects. */
  send(events: readonly ServerEvent[]): Promise<boolean>;
  /** Sends a last event and ends; harmless when the stream is over. */
  end(last?: ServerEvent): void;
}

/** What a browser waits before it comes back. */
const RETRY_MS = 1_000;

const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Asks nginx and its kin not to hold events back.
  'X-Accel-Buffering': 'no',
  // A stream ends with its connection, so that a stopping process waits for nobody to let go of it.
  Connection: 'close',
} as const;

/** Sends the head at once, so that the client knows it is connected before anything happens. */
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
    // A reader that takes nothing would hold the connection for ever.
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

  // A broken pipe is told by `close`; without a listener it would end the process.
  res.on('error', () => undefined);
  // Of a client that left while its stream was prepared nothing is told any more, and nothing would end the stream.
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

/** The lines of one event; data of several lines comes back as it was, but for the kind of its line breaks. */
export function formatEvent({ event, id, data }: ServerEvent): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n${lines.join('')}\n`;
}

function keepAlive(res: ServerResponse, { everyMs, signal }: { everyMs: number; signal: AbortSignal }): void {
  const timer = setInterval(() => {
    // Behind what has not drained a heartbeat would only pile up.
    if (!res.writableNeedDrain) res.write(': heartbeat\n\n');
  }, everyMs);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** Whether the socket took everything in time; false as soon as the stream is over. */
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

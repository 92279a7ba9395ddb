// Reads a stream of server-sent events as a client does: events by event, until it is closed from either side.

interface ReadEvent {
  readonly event: string;
  readonly id?: string;
  /** Parsed. */
  readonly data: Record<string, unknown>;
}

export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** Comments and `retry` lines so far. */
  readonly asides: readonly string[];
  /** The next event; `undefined` at the end of the stream. Rejects when the connection breaks. */
  next(): Promise<ReadEvent | undefined>;
  /** The next `count` events, or fewer at the end of the stream. */
  take(count: number): Promise<ReadEvent[]>;
  close(): void;
}

/** Resolves with the head of the answer. */
export async function openEvents(
  url: string,
  { lastEventId, key }: { lastEventId?: string; key?: string } = {},
): Promise<EventReader> {
  const abort = new AbortController();
  const headers: Record<string, string> = {
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
  };
  const answer = await fetch(url, { headers, signal: abort.signal });
  const asides: string[] = [];
  const blocks = readBlocks(answer.body);
  const next = async (): Promise<ReadEvent | undefined> => {
    for (;;) {
      const { value: block, done } = await blocks.next();
      if (done === true || block === undefined) return undefined;
      const event = toEvent(block);
      if (event !== undefined) return event;
      asides.push(block);
    }
  };
  return {
    status: answer.status,
    headers: answer.headers,
    asides,
    next,
    async take(count) {
      const events: ReadEvent[] = [];
      while (events.length < count) {
        const event = await next();
        if (event === undefined) break;
        events.push(event);
      }
      return events;
    },
    close: () => abort.abort(),
  };
}

async function* readBlocks(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string, undefined> {
  if (body === null) return;
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks;
  }
}

function toEvent(block: string): ReadEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    fields.set(name, value);
  }
  const [event, id, data] = ['event', 'id', 'data'].map((name) => fields.get(name));
  if (event === undefined) return undefined;
  const parsed = JSON.parse(data ?? 'null') as Record<string, unknown>;
  return id === undefined ? { event, data: parsed } : { event, id, data: parsed };
}

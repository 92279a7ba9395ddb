// The writer of event streams, over real connections.

import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { formatEvent, openEventStream, type EventStream, type EventStreamLimits } from './event-stream.ts';

const NEVER = 2 ** 30;
const LIMITS: EventStreamLimits = {
  heartbeatMs: NEVER,
  stallMs: NEVER,
  dropLingerMs: NEVER,
  endLingerMs: NEVER,
};
/** More than the buffers of a connection take. */
const HUGE = { event: 'huge', id: '7', data: 'x'.repeat(32 * 1024 * 1024) };

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Opened {
  readonly stream: EventStream;
  readonly res: ServerResponse;
  /** The client's end, paused: nothing is read until the test does. */
  readonly socket: Socket;
  readonly drops: () => number;
}

async function open(limits: Partial<EventStreamLimits> = {}): Promise<Opened> {
  let drops = 0;
  let onOpen: (opened: Pick<Opened, 'stream' | 'res'>) => void;
  const opened = new Promise<Pick<Opened, 'stream' | 'res'>>((resolve) => (onOpen = resolve));
  const server = createServer((_req, res) => {
    onOpen({ res, stream: openEventStream(res, { ...LIMITS, ...limits, onDrop: () => drops++ }) });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return { ...(await opened), socket, drops: () => drops };
}

async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString('utf8');
  return answer.slice(answer.indexOf('\r\n\r\n') + 4).replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, '');
}

describe('an event', () => {
  it.each([
    [{ event: 'change', id: '7', data: '{}' }, 'id: 7\nevent: change\ndata: {}\n\n'],
    [{ event: 'closing', data: '' }, 'event: closing\ndata: \n\n'],
    [{ event: 'e', data: 'a\nb\r\nc\rd' }, 'event: e\ndata: a\ndata: b\ndata: c\ndata: d\n\n'],
  ])('of %j is %j', (event, text) => {
    expect(formatEvent(event)).toBe(text);
  });
});

describe('a stream', () => {
  it('is aborted from the start for a client that disconnected before it was opened', async () => {
    let served: (stream: EventStream) => void;
    const opened = new Promise<EventStream>((resolve) => (served = resolve));
    const server = createServer((_req, res) => {
      res.once('close', () => served(openEventStream(res, { ...LIMITS, heartbeatMs: 1 })));
      socket.destroy();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const stream = await opened;
    expect([stream.signal.aborted, await stream.send([{ event: 'late', data: '' }])]).toEqual([true, false]);
    stream.end({ event: 'later', data: '' });
  });

  it('sends its head and retry time before any event, and ends with its last event', async () => {
    const { stream, socket } = await open();
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.resume();
    while (!text.includes('retry: 1000\n\n')) await new Promise((resolve) => setImmediate(resolve));
    expect(await stream.send([{ event: 'a', id: '1', data: '1' }, { event: 'b', data: '2' }])).toBe(true); // prettier-ignore
    expect(await stream.send([])).toBe(true);
    stream.end({ event: 'bye', data: '3' });
    await new Promise((resolve) => socket.once('end', resolve));
    expect(text).toMatch(/id: 1\nevent: a\ndata: 1\n\nevent: b\ndata: 2\n\n[^i]*event: bye\ndata: 3\n\n/);
    expect([stream.signal.aborted, await stream.send([{ event: 'late', data: '' }])]).toEqual([true, false]);
    stream.end();
  });

  it('sends heartbeats while it is idle', async () => {
    const { stream, socket } = await open({ heartbeatMs: 1 });
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.resume();
    while (text.split(': heartbeat\n\n').length < 4) await new Promise((resolve) => setImmediate(resolve));
    stream.end();
  });

  it('does not resolve a send, or send heartbeats, before the reader has taken it', async () => {
    const { stream, res, socket } = await open({ heartbeatMs: 1 });
    let isSent = false;
    const sent = stream.send([HUGE]).then((taken) => (isSent = taken));
    const pending = res.writableLength;
    // Many heartbeats' time.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([isSent, res.writableLength]).toEqual([false, pending]);
    socket.resume();
    expect(await sent).toBe(true);
    stream.end();
  });

  it('drops a stalled reader, and sends it the dropped event with the last id if it reads again', async () => {
    const { stream, socket, drops } = await open({ stallMs: 1 });
    expect(await stream.send([HUGE])).toBe(false);
    expect([drops(), stream.signal.aborted]).toEqual([1, true]);
    const text = await textOf(socket);
    expect(text.slice(-100)).toContain(
      'event: dropped\ndata: {"reason":"slow-reader","lastEventId":"7"}\n\n',
    );
  });

  it('destroys the connection of a dropped reader that never reads', async () => {
    const { stream, res } = await open({ stallMs: 1, dropLingerMs: 1 });
    const closed = new Promise((resolve) => res.once('close', resolve));
    expect(await stream.send([HUGE])).toBe(false);
    await closed;
  });

  it('ends even if the reader never reads', async () => {
    const { stream, res, drops } = await open({ endLingerMs: 1 });
    const closed = new Promise((resolve) => res.once('close', resolve));
    const sent = stream.send([HUGE]);
    stream.end({ event: 'closing', data: '' });
    expect(await sent).toBe(false);
    await closed;
    expect(drops()).toBe(0);
  });

  it('is aborted when the client disconnects, during a send or between two', async () => {
    for (const isSending of [true, false]) {
      const { stream, res, socket, drops } = await open();
      const closed = new Promise((resolve) => res.once('close', resolve));
      const sent = isSending ? stream.send([HUGE]) : Promise.resolve(false);
      socket.destroy();
      expect(await sent).toBe(false);
      await closed;
      expect([stream.signal.aborted, await stream.send([HUGE]), drops()]).toEqual([true, false, 0]);
    }
  });
});

// Server-sent events: the change stream and the stream of one request, over real connections.

import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { at, send, type Slot } from './a-calendar.ts';
import { openEvents, type EventReader } from './event-reader.ts';

let system: System;
let idle: System;
beforeAll(async () => {
  system = await startSystem({ environment: { STREAMS_MAX: '40' }, streamLimits: { heartbeatMs: 20 } });
  idle = await startSystem({ workers: 0 });
});
afterAll(async () => {
  await Promise.all([system.close(), idle.close()]);
});

let orgs = 0;
function freshOrg(): string {
  return `streams-${++orgs}`;
}

function minutes(from: number, count: number): Slot[] {
  return Array.from({ length: count }, (_, index) => {
    const start = from + index;
    return { id: `m${start}`, from: start, to: start + 1 };
  });
}

function stream({ url }: System, orgId: string, options: { after?: number; lastEventId?: string } = {}) {
  const after = options.after === undefined ? '' : `&after=${options.after}`;
  return openEvents(`${url}/api/changes/stream?orgId=${orgId}${after}`, options);
}

async function sequencesOf(reader: EventReader, count: number): Promise<number[]> {
  return (await reader.take(count)).map(({ id }) => Number(id));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

async function untilMetric({ adminUrl }: System, line: RegExp): Promise<void> {
  while (!line.test((await request(adminUrl).get('/metrics')).text)) continue;
}

describe('GET /api/changes/stream', () => {
  it('sends what there is and then what comes, each version once and in order, as the pages have it', async () => {
    const orgId = freshOrg();
    await send(system, orgId, minutes(0, 250));
    const reader = await stream(system, orgId);
    expect(await sequencesOf(reader, 250)).toEqual(range(1, 250));
    await send(system, orgId, minutes(250, 3));
    const events = await reader.take(3);
    const { body } = await request(system.url).get('/api/changes').query({ orgId, after: 250 });
    expect(events).toEqual(
      (body as { sequence: number }[]).map((data) => ({ event: 'change', id: String(data.sequence), data })),
    );
    reader.close();
  });

  it('has the head of a stream, a time to come back, and comments that keep it alive', async () => {
    const orgId = freshOrg();
    const reader = await stream(system, orgId);
    expect([
      reader.status,
      ...['content-type', 'cache-control', 'x-accel-buffering'].map((name) => reader.headers.get(name)),
    ]).toEqual([200, 'text/event-stream; charset=utf-8', 'no-store', 'no']);
    const first = reader.next();
    while (reader.asides.length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(reader.asides.slice(0, 2)).toEqual(['retry: 1000', ': heartbeat']);
    await send(system, orgId, minutes(0, 1));
    expect((await first)?.id).toBe('1');
    reader.close();
  });

  it('goes on after Last-Event-ID, which wins over after', async () => {
    const orgId = freshOrg();
    await send(system, orgId, minutes(0, 5));
    for (const [options, expected] of [
      [{ after: 3 }, [4, 5]],
      [{ after: 4, lastEventId: '1' }, [2, 3, 4, 5]],
      [{ lastEventId: '0' }, [1, 2, 3, 4, 5]],
    ] as const) {
      const reader = await stream(system, orgId, options);
      expect(await sequencesOf(reader, expected.length)).toEqual(expected);
      reader.close();
    }
  });

  it('that is cut and resumed repeatedly delivers every version once and in order', async () => {
    const orgId = freshOrg();
    const seen: number[] = [];
    const writing = (async () => {
      for (let from = 0; from < 600; from += 60) await send(system, orgId, minutes(from, 60));
    })();
    while (seen.length < 600) {
      const reader = await stream(system, orgId, { lastEventId: String(seen.at(-1) ?? 0) });
      // Cut while events are in flight: those are lost.
      seen.push(...(await sequencesOf(reader, Math.min(37, 600 - seen.length))));
      reader.close();
    }
    await writing;
    expect(seen).toEqual(range(1, 600));
  });

  it('answers HEAD with its head, and opens nothing', async () => {
    const answer = await request(system.url).head('/api/changes/stream');
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });

  it('answers HEAD as it would answer GET, refusals too', async () => {
    for (const [query, status] of [
      [{ after: 'x' }, 400],
      [{ orgId: freshOrg(), minSequence: 7 }, 409],
    ] as const) {
      expect((await request(system.url).head('/api/changes/stream').query(query)).status).toBe(status);
    }
  });

  it.each(['x', '-1', '1.5', '1e3', '9999999999999'])('refuses the Last-Event-ID %s', async (id) => {
    const { status, body } = await request(system.url).get('/api/changes/stream').set('Last-Event-ID', id);
    expect([status, body.errors[0].pointer]).toEqual([400, 'Last-Event-ID']);
  });

  it.each<[object, string[]]>([
    [{ after: 'x', limit: 5 }, ['/after', '/limit']],
    [{ wait: 5, minSequence: -1 }, ['/minSequence', '/wait']],
  ])('refuses %j and names what is wrong', async (query, pointers) => {
    const { status, body } = await request(system.url).get('/api/changes/stream').query(query);
    const named = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect([status, named.sort()]).toEqual([400, pointers]);
  });

  it('beyond STREAMS_MAX of a process is refused until another stream ends', async () => {
    const own = await startSystem({ workers: 0, environment: { STREAMS_MAX: '2' } });
    try {
      const [first] = await Promise.all([stream(own, 'a'), stream(own, 'b')]);
      const refused = await request(own.url).get('/api/changes/stream');
      expect([refused.status, refused.body.type, refused.headers['retry-after']]).toEqual([
        503,
        'urn:slotline:problem:too-many-streams',
        '5',
      ]);
      const accepted = await request(own.url).post('/api/appointments').send({ id: 1, start: at(0), end: at(1), createdAt: at(0), updatedAt: at(0) }); // prettier-ignore
      const events = `/api/requests/${accepted.body.requestId}/events`;
      expect((await request(own.url).get(events)).body.type).toBe('urn:slotline:problem:too-many-streams');
      first.close();
      await untilMetric(own, /^slotline_streams\{app="api"\} 1$/m);
      const again = await stream(own, 'a');
      expect(again.status).toBe(200);
    } finally {
      await own.close();
    }
  });

  it('beyond a quarter of STREAMS_MAX is refused to one organisation, and not to the others', async () => {
    const own = await startSystem({ workers: 0, environment: { STREAMS_MAX: '8' } });
    try {
      const [first] = await Promise.all([stream(own, 'a'), stream(own, 'a')]);
      const refused = await request(own.url).get('/api/changes/stream?orgId=a');
      expect([refused.status, refused.body.type, refused.body.detail]).toEqual([
        503,
        'urn:slotline:problem:too-many-streams',
        expect.stringContaining('The organisation has 2 streams open'),
      ]);
      expect((await stream(own, 'b')).status).toBe(200);
      first.close();
      await untilMetric(own, /^slotline_streams\{app="api"\} 2$/m);
      expect((await stream(own, 'a')).status).toBe(200);
    } finally {
      await own.close();
    }
  });

  it('receives a `closing` event when the process stops, and ends without delaying the stop', async () => {
    const own = await startSystem({ workers: 0 });
    try {
      const readers = await Promise.all(['a', 'b', 'c'].map((orgId) => stream(own, orgId)));
      expect(await own.closeApi()).toBe(true);
      for (const reader of readers) {
        expect(await reader.take(2)).toEqual([{ event: 'closing', data: { reason: 'stopping' } }]);
      }
    } finally {
      await own.close();
    }
  });

  it('without hints delivers what another process decides, because the sequences are polled too', async () => {
    const orgId = freshOrg();
    const reader = await stream(system, orgId);
    const other = await startSystem({ databaseUrl: system.databaseUrl });
    try {
      await send(other, orgId, minutes(0, 2));
      expect(await sequencesOf(reader, 2)).toEqual([1, 2]);
    } finally {
      reader.close();
      await other.close();
    }
  });
});

describe('a reader that does not read', () => {
  /** More than the socket buffers hold. */
  const METADATA = { text: 'x'.repeat(4_000) };
  const VERSIONS = 3_000;

  it('is closed with the last id that was sent, costs one page, and can resume from that id', async () => {
    const own = await startSystem({ streamLimits: { stallMs: 300, dropLingerMs: 60_000 } });
    const orgId = freshOrg();
    try {
      for (let from = 0; from < VERSIONS; from += 200) {
        await send(
          own,
          orgId,
          minutes(from, 200).map((slot) => ({ ...slot, metadata: METADATA })),
        );
      }
      const socket = await openDeaf(own, `/api/changes/stream?orgId=${orgId}`);
      await untilMetric(own, /^slotline_streams_dropped_total\{app="api"\} 1$/m);
      await untilMetric(own, /^slotline_streams\{app="api"\} 0$/m);
      const { ids, last } = summarise(await readToEnd(socket));
      // Only the pages up to the close were read for it.
      expect(ids.length).toBeLessThan(VERSIONS);
      expect(ids).toEqual(range(1, ids.length));
      expect(last).toBe(`event: dropped\ndata: {"reason":"slow-reader","lastEventId":"${ids.length}"}`);
      const reader = await stream(own, orgId, { lastEventId: String(ids.length) });
      expect(await sequencesOf(reader, VERSIONS - ids.length)).toEqual(range(ids.length + 1, VERSIONS));
      reader.close();
    } finally {
      await own.close();
    }
  }, 60_000);

  it('does not delay the stop of the process', async () => {
    const own = await startSystem({ streamLimits: { stallMs: 60_000, endLingerMs: 50 } });
    const orgId = freshOrg();
    try {
      for (let from = 0; from < VERSIONS; from += 200) {
        await send(
          own,
          orgId,
          minutes(from, 200).map((slot) => ({ ...slot, metadata: METADATA })),
        );
      }
      const socket = await openDeaf(own, `/api/changes/stream?orgId=${orgId}`);
      await untilMetric(own, /^slotline_streams\{app="api"\} 1$/m);
      expect(await own.closeApi()).toBe(true);
      socket.destroy();
    } finally {
      await own.close();
    }
  }, 60_000);
});

describe('GET /api/requests/{id}/events', () => {
  async function accept({ url }: System, orgId: string): Promise<string> {
    const booking = { id: 'a', orgId, start: at(0), end: at(1), createdAt: at(0), updatedAt: at(0) };
    return (await request(url).post('/api/appointments').send(booking)).body.requestId as string;
  }

  it('sends the request as it is, again when it is decided, and ends', async () => {
    const own = await startSystem({ workers: 0 });
    try {
      const id = await accept(own, freshOrg());
      const reader = await openEvents(`${own.url}/api/requests/${id}/events`);
      expect(await reader.next()).toMatchObject({ event: 'request', id: 'queued', data: { requestId: id, status: 'queued', place: 1 } }); // prettier-ignore
      await own.addWorker();
      const { body } = await request(own.url).get(`/api/requests/${id}?wait=30`);
      expect(await reader.take(2)).toEqual([{ event: 'request', id: 'decided', data: body }]);
      expect(body.outcome).toEqual({ kind: 'created', version: 1 });
    } finally {
      await own.close();
    }
  });

  it('of a decided request is one event', async () => {
    const [sent] = await send(system, freshOrg(), minutes(0, 1));
    const reader = await openEvents(`${system.url}/api/requests/${sent?.requestId}/events`, {
      lastEventId: 'queued',
    });
    expect((await reader.take(2)).map(({ id }) => id)).toEqual(['decided']);
  });

  it('is a 204 for a client that has seen the decision, so that an EventSource does not reconnect', async () => {
    const [sent] = await send(system, freshOrg(), minutes(0, 1));
    const path = `/api/requests/${sent?.requestId}/events`;
    const answer = await request(system.url).get(path).set('Last-Event-ID', 'decided');
    expect([answer.status, answer.text]).toEqual([204, '']);
  });

  it.each([
    ['/api/requests/0199d4b0-0000-7000-8000-000000000000/events', '', 404],
    ['/api/requests/0199d4b0-0000-7000-8000-000000000000/events', 'decided', 404],
    ['/api/requests/nonsense/events', '', 404],
    ['/api/requests/0199d4b0-0000-7000-8000-000000000000/events', '7', 400],
    ['/api/requests/0199d4b0-0000-7000-8000-000000000000/events?wait=3', '', 400],
  ])('%s with Last-Event-ID "%s" is %i', async (path, lastEventId, status) => {
    const answer = await request(system.url).get(path).set('Last-Event-ID', lastEventId);
    expect(answer.status).toBe(status);
  });

  it('receives a `closing` event when the process stops', async () => {
    const own = await startSystem({ workers: 0 });
    try {
      const reader = await openEvents(`${own.url}/api/requests/${await accept(own, freshOrg())}/events`);
      expect((await reader.next())?.id).toBe('queued');
      expect(await own.closeApi()).toBe(true);
      expect(await reader.take(2)).toEqual([{ event: 'closing', data: { reason: 'stopping' } }]);
    } finally {
      await own.close();
    }
  });
});

/** A connection that does not read its answer until {@link readToEnd}. */
async function openDeaf({ url }: System, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  return socket;
}

async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The ids of a chunked answer's events, and its last event. */
function summarise(answer: string): { ids: number[]; last: string | undefined } {
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4).replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, '');
  const blocks = body.split('\n\n').filter((block) => /^(?:id|event): /m.test(block));
  return {
    ids: blocks.flatMap((block) => /^id: (\d+)$/m.exec(block)?.[1] ?? []).map(Number),
    last: blocks.at(-1),
  };
}

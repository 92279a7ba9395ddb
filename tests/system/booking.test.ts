// The main job over HTTP: book, move, cancel, refuse, wait, replay, read back.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
});

let orgs = 0;
function freshOrg(): string {
  return `org-${++orgs}`;
}

function post(body: object, headers: Record<string, string> = {}) {
  return request(system.url).post('/api/appointments').set(headers).send(body);
}

/** Gets the body at a path that the client does not normalise. */
async function getAsItIs(path: string): Promise<unknown> {
  const { hostname, port } = new URL(system.url);
  const [answer] = (await once(get({ hostname, port, path }), 'response')) as [IncomingMessage];
  return json(answer);
}

const WAIT = { Prefer: 'wait=20' };

describe('POST /api/appointments', () => {
  it('answers 202 with a request resource that becomes completed', async () => {
    const orgId = freshOrg();
    const answer = await post({ ...BOOKING, orgId });
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/api/requests/${answer.body.requestId}`);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.body).toMatchObject({
      orgId,
      appointmentId: '42',
      operation: 'book',
      status: 'queued',
      place: 1,
    });

    const done = await request(system.url).get(`${answer.headers['location']}?wait=20`);
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({ status: 'completed', outcome: { kind: 'created', version: 1 } });
    expect(done.headers['retry-after']).toBeUndefined();
  });

  it('answers 201 with both locations when waited for', async () => {
    const orgId = freshOrg();
    const answer = await post({ ...BOOKING, id: 'a/b c', orgId }, WAIT);
    expect(answer.status).toBe(201);
    expect(answer.headers['preference-applied']).toBe('wait=20');
    expect(answer.headers['content-location']).toBe(`/api/requests/${answer.body.requestId}`);
    const appointment = await request(system.url).get(answer.headers['location'] ?? '');
    expect(appointment.body).toMatchObject({ id: 'a/b c', orgId, status: 'booked', version: 1 });
  });

  // Clients that normalise URLs treat both as path segments, even encoded, and request another path.
  it.each(['.', '..'])(
    'keeps an appointment called %s, which paths sent as they are and batches reach',
    async (id) => {
      const orgId = freshOrg();
      expect((await post({ ...BOOKING, id, orgId }, WAIT)).status).toBe(201);
      for (const path of [id, id.replaceAll('.', '%2e')]) {
        expect(await getAsItIs(`/api/appointments/${path}?orgId=${orgId}`)).toMatchObject({ id, version: 1 });
      }
      const cancel = { op: 'cancel', id, orgId, updatedAt: '2040-01-01T00:00:00.000Z' };
      const answer = await request(system.url).post('/api/appointments/batch').set(WAIT).send([cancel]);
      expect(answer.body).toMatchObject([{ outcome: { kind: 'cancelled' } }]);
    },
  );

  it('keeps a number and its decimal text as one id', async () => {
    const orgId = freshOrg();
    await post({ ...BOOKING, id: 42, orgId }, WAIT);
    const again = await post({ ...BOOKING, id: '42', orgId }, WAIT);
    expect(again.body.outcome).toEqual({ kind: 'ignored-stale', version: 1 });
  });

  it('ignores an equal or older updatedAt and moves by a newer one, with both versions in the history', async () => {
    const orgId = freshOrg();
    await post({ ...BOOKING, orgId }, WAIT);
    const equal = await post({ ...BOOKING, orgId, start: '2030-10-10 19:00' }, WAIT);
    expect([equal.status, equal.body.outcome.kind]).toEqual([200, 'ignored-stale']);
    const older = await post({ ...BOOKING, orgId, updatedAt: '2030-09-28 14:23:11' }, WAIT);
    expect([older.status, older.body.outcome.kind]).toEqual([200, 'ignored-stale']);
    const newer = {
      ...BOOKING,
      orgId,
      start: '2030-10-11 08:00',
      end: '2030-10-11 09:00',
      updatedAt: '2030-09-29 00:00',
    };
    const moved = await post(newer, WAIT);
    expect([moved.status, moved.body.outcome]).toEqual([200, { kind: 'updated', version: 2 }]);

    const history = await request(system.url).get('/api/appointments/42/history').query({ orgId });
    expect(
      history.body.map((version: { version: number; start: string }) => [version.version, version.start]),
    ).toEqual([
      [1, '2030-10-10T20:20:00.000Z'],
      [2, '2030-10-11T08:00:00.000Z'],
    ]);
    expect(history.body[1].requestId).toBe(moved.body.requestId);
  });

  it('refuses an overlap with a 409 that names the blocker, and allows what is adjacent', async () => {
    const orgId = freshOrg();
    await post({ ...BOOKING, orgId }, WAIT);
    const overlapping = { ...BOOKING, orgId, id: '43', start: '2030-10-10 20:25', end: '2030-10-10 20:40' };
    const refused = await post(overlapping, WAIT);
    expect(refused.status).toBe(409);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.body).toMatchObject({
      type: 'urn:slotline:problem:conflict',
      conflictsWith: [
        { id: '42', start: '2030-10-10T20:20:00.000Z', end: '2030-10-10T20:30:00.000Z', version: 1 },
      ],
      request: { status: 'completed', outcome: { kind: 'conflict' } },
    });
    const adjacent = await post({ ...overlapping, start: '2030-10-10 20:30' }, WAIT);
    expect(adjacent.status).toBe(201);
    const elsewhere = await post({ ...overlapping, id: '44', resourceId: 'room-2' }, WAIT);
    expect(elsewhere.status).toBe(201);
  });

  it('books exactly one of ten parallel ids on one slot', async () => {
    const orgId = freshOrg();
    const ids = Array.from({ length: 10 }, (_, at) => `id-${at}`);
    const answers = await Promise.all(ids.map((id) => post({ ...BOOKING, orgId, id }, WAIT)));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
      201,
      ...Array<number>(9).fill(409),
    ]);
  });

  it('keeps the order of one org', async () => {
    const orgId = freshOrg();
    const first = await post({ ...BOOKING, orgId });
    const second = await post({ ...BOOKING, orgId, id: '43' });
    const outcomes = await Promise.all(
      [first, second].map(({ body }) => request(system.url).get(`/api/requests/${body.requestId}?wait=20`)),
    );
    expect(outcomes.map(({ body }) => body.outcome.kind)).toEqual(['created', 'conflict']);
  });

  it('returns metadata unchanged', async () => {
    const orgId = freshOrg();
    const metadata = { notes: 'Fenster 🪟', list: [1, 2.5, null], nested: { yes: true } };
    await post({ ...BOOKING, orgId, metadata }, WAIT);
    const read = await request(system.url).get('/api/appointments/42').query({ orgId });
    expect(read.body.metadata).toEqual(metadata);
  });
});

describe('Idempotency-Key', () => {
  it('replays the first request for the same body in any member order', async () => {
    const orgId = freshOrg();
    const first = await post({ ...BOOKING, orgId }, { 'Idempotency-Key': 'k-1', ...WAIT });
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    const reordered = Object.fromEntries(Object.entries({ ...BOOKING, orgId }).reverse());
    const again = await post(reordered, { 'Idempotency-Key': '"k-1"', ...WAIT });
    expect(again.status).toBe(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
  });

  it('answers 422 for another body and enqueues nothing', async () => {
    const orgId = freshOrg();
    await post({ ...BOOKING, orgId }, { 'Idempotency-Key': 'k-2', ...WAIT });
    const other = await post({ ...BOOKING, orgId, id: '43' }, { 'Idempotency-Key': 'k-2', ...WAIT });
    expect([other.status, other.body.type]).toEqual([422, 'urn:slotline:problem:idempotency-key-reused']);
    const absent = await request(system.url).get('/api/appointments/43').query({ orgId });
    expect(absent.status).toBe(404);
  });

  it('belongs to one org', async () => {
    const key = { 'Idempotency-Key': 'k-3', ...WAIT };
    const one = await post({ ...BOOKING, orgId: freshOrg() }, key);
    const other = await post({ ...BOOKING, orgId: freshOrg() }, key);
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(one.body.requestId).not.toBe(other.body.requestId);
  });

  it('replays a cancellation without updatedAt as the same request', async () => {
    const orgId = freshOrg();
    await post({ ...BOOKING, orgId, updatedAt: '2020-01-01 00:00' }, WAIT);
    const cancel = () =>
      request(system.url)
        .delete('/api/appointments/42')
        .query({ orgId })
        .set({ 'Idempotency-Key': 'c', ...WAIT });
    const first = await cancel();
    const again = await cancel();
    expect(first.body.outcome).toEqual({ kind: 'cancelled', version: 2 });
    expect(again.body).toEqual(first.body);
  });
});

describe('DELETE /api/appointments/{id}', () => {
  it('cancels, keeps the appointment readable and frees its interval', async () => {
    const orgId = freshOrg();
    await post({ ...BOOKING, orgId }, WAIT);
    const cancelled = await request(system.url)
      .delete('/api/appointments/42')
      .query({ orgId, updatedAt: '2030-09-29T00:00:00Z' })
      .set(WAIT);
    expect([cancelled.status, cancelled.body.outcome]).toEqual([200, { kind: 'cancelled', version: 2 }]);
    const read = await request(system.url).get('/api/appointments/42').query({ orgId });
    expect(read.body).toMatchObject({ status: 'cancelled', version: 2 });
    expect((await post({ ...BOOKING, orgId, id: '43' }, WAIT)).status).toBe(201);
  });

  it('answers 404 for an unknown id when waited for, and completed not-found when polled', async () => {
    const orgId = freshOrg();
    const waited = await request(system.url).delete('/api/appointments/nobody').query({ orgId }).set(WAIT);
    expect([waited.status, waited.body.request.outcome]).toEqual([404, { kind: 'not-found' }]);
    const polled = await request(system.url).get(`/api/requests/${waited.body.request.requestId}`);
    expect(polled.body).toMatchObject({
      status: 'completed',
      operation: 'cancel',
      outcome: { kind: 'not-found' },
    });
  });
});

describe('GET /api/appointments', () => {
  it('lists what overlaps the window by start, with limit and offset', async () => {
    const orgId = freshOrg();
    const hours = ['08', '09', '10', '11'];
    for (const hour of hours) {
      const times = { start: `2031-01-01 ${hour}:00`, end: `2031-01-01 ${hour}:45` };
      await post(
        { ...BOOKING, ...times, orgId, id: `h${hour}`, resourceId: hour === '11' ? 'b' : 'a' },
        WAIT,
      );
    }
    const list = async (query: object) => {
      const answer = await request(system.url)
        .get('/api/appointments')
        .query({ orgId, ...query });
      return answer.body.map(({ id }: { id: string }) => id);
    };
    expect(await list({})).toEqual(['h08', 'h09', 'h10', 'h11']);
    expect(await list({ from: '2031-01-01 08:44', to: '2031-01-01 10:00' })).toEqual(['h08', 'h09']);
    expect(await list({ from: '2031-01-01 08:45', to: '2031-01-01 10:01' })).toEqual(['h09', 'h10']);
    expect(await list({ resourceId: 'b' })).toEqual(['h11']);
    expect(await list({ limit: 2, offset: 1 })).toEqual(['h09', 'h10']);
    expect(await list({ resourceId: 'nowhere' })).toEqual([]);
  });

  it('answers If-None-Match with 304', async () => {
    const orgId = freshOrg();
    await post({ ...BOOKING, orgId }, WAIT);
    const path = `/api/appointments/42?orgId=${orgId}`;
    const { headers } = await request(system.url).get(path);
    expect(headers['etag']).toBe('"1"');
    const again = await request(system.url).get(path).set('If-None-Match', '"1"');
    expect(again.status).toBe(304);
  });
});

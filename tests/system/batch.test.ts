// Batches over HTTP: order, mixed refusals, replays item by item, all or nothing against a full mailbox.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';

let system: System;
beforeAll(async () => {
  system = await startSystem({ environment: { MAILBOX_MAX: '1000' } });
});
afterAll(async () => {
  await system.close();
});

const WAIT = { Prefer: 'wait=20' };

function booking(orgId: string, id: string, hour: number, minute = 0) {
  const at = (minutes: number) =>
    `2031-01-01 ${String(hour).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  return {
    orgId,
    id,
    start: at(minute),
    end: at(minute + 10),
    createdAt: '2030-01-01 00:00',
    updatedAt: '2030-01-01 00:00',
  };
}

function batch(items: object[] | string, headers: Record<string, string> = {}) {
  const type = typeof items === 'string' ? 'application/x-ndjson' : 'application/json';
  return request(system.url)
    .post('/api/appointments/batch')
    .set({ 'Content-Type': type, ...headers })
    .send(items);
}

interface Entry {
  status: string | number;
  outcome?: { kind: string };
  type?: string;
}

function kindsOf(answer: { body: Entry[] }): string[] {
  return answer.body.map((entry) => entry.outcome?.kind ?? entry.type ?? String(entry.status));
}

describe('POST /api/appointments/batch', () => {
  it('decides the items of each org in their order and answers in theirs', async () => {
    const answer = await batch(
      [
        booking('b1', 'a', 8),
        booking('b2', 'a', 8),
        booking('b1', 'b', 8, 5),
        { op: 'cancel', orgId: 'b1', id: 'a', updatedAt: '2030-01-02 00:00', start: 'ignored' },
        booking('b1', 'b', 8, 5),
        { op: 'cancel', orgId: 'b2', id: 'nobody', updatedAt: '2030-01-02 00:00' },
      ],
      WAIT,
    );
    expect(answer.status).toBe(200);
    expect(answer.headers['preference-applied']).toBe('wait=20');
    expect(kindsOf(answer)).toEqual(['created', 'created', 'conflict', 'cancelled', 'created', 'not-found']);
  });

  it('accepts the valid items and names what is wrong with the others', async () => {
    const answer = await batch([booking('b3', 'a', 8), { ...booking('b3', 'b', 9), end: 'never' }], WAIT);
    expect(answer.status).toBe(200);
    expect(kindsOf(answer)).toEqual(['created', 'urn:slotline:problem:invalid-request']);
    expect(answer.body[1].errors[0]).toMatchObject({ pointer: '/1/end', code: 'invalid-timestamp' });
  });

  it('reads NDJSON and refuses only the line that is no JSON', async () => {
    const lines = [
      JSON.stringify(booking('b4', 'a', 8)),
      '{"oops',
      JSON.stringify(booking('b4', 'b', 9)),
      '',
    ];
    const answer = await batch(lines.join('\n'), WAIT);
    expect(kindsOf(answer)).toEqual(['created', 'urn:slotline:problem:malformed-json', 'created']);
  });

  it('answers 202 without a wait, and the same key then replays every item', async () => {
    const items = Array.from({ length: 30 }, (_, at) => booking('b5', `id-${at}`, 8, at));
    const key = { 'Idempotency-Key': 'batch-1' };
    const first = await batch(items, key);
    expect([first.status, first.headers['retry-after']]).toEqual([202, '1']);
    const again = await batch(items, { ...key, ...WAIT });
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect(again.body.map(({ requestId }: { requestId: string }) => requestId)).toEqual(
      first.body.map(({ requestId }: { requestId: string }) => requestId),
    );
    const kinds = kindsOf(again);
    expect(kinds.filter((kind) => kind === 'created')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(27);
    const history = await request(system.url).get('/api/appointments/id-0/history?orgId=b5');
    expect(history.body).toHaveLength(1);
  });

  it('refuses only the item that changed under the same key', async () => {
    const key = { 'Idempotency-Key': 'batch-2', ...WAIT };
    await batch([booking('b6', 'a', 8), booking('b6', 'b', 9)], key);
    const again = await batch([booking('b6', 'a', 8), booking('b6', 'b', 10)], key);
    expect(kindsOf(again)).toEqual(['created', 'urn:slotline:problem:idempotency-key-reused']);
  });
});

describe('a full mailbox', () => {
  it('refuses the whole batch with 429 and Retry-After, and takes it when there is room', async () => {
    const idle = await startSystem({ workers: 0, environment: { MAILBOX_MAX: '2' } });
    try {
      const send = (ids: string[]) =>
        request(idle.url)
          .post('/api/appointments/batch')
          .send(ids.map((id, at) => booking('full', id, 8 + at)));
      expect((await send(['a'])).status).toBe(202);
      const refused = await send(['b', 'c']);
      expect([refused.status, refused.body.type]).toEqual([429, 'urn:slotline:problem:mailbox-full']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect((await send(['b'])).status).toBe(202);
      const single = await request(idle.url)
        .post('/api/appointments')
        .send(booking('full', 'c', 10));
      expect(single.status).toBe(429);
      await idle.addWorker();
      const waited = await request(idle.url)
        .post('/api/appointments')
        .set(WAIT)
        .send(booking('other', 'x', 8));
      expect(waited.status).toBe(201);
    } finally {
      await idle.close();
    }
  });
});

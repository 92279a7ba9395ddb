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

describe('the items of a keyed batch', () => {
  it('are other requests than those of any other key', async () => {
    const [first, second] = [booking('b7', 'a', 8), booking('b7', 'b', 9)];
    await batch([first, second], { 'Idempotency-Key': 'k', ...WAIT });
    const single = await request(system.url)
      .post('/api/appointments')
      .set({ 'Idempotency-Key': 'k#0', ...WAIT })
      .send(booking('b7', 'c', 10));
    expect([single.status, single.headers['idempotent-replayed']]).toEqual([201, undefined]);
    const atomic = await request(system.url)
      .post('/api/appointments/batch?atomic=true')
      .set({ 'Idempotency-Key': 'k#1', ...WAIT })
      .send([booking('b7', 'd', 11)]);
    expect([atomic.status, atomic.body.outcome.kind]).toEqual([200, 'applied']);
    const replayed = await batch([first, second], { 'Idempotency-Key': 'k', ...WAIT });
    expect([replayed.headers['idempotent-replayed'], kindsOf(replayed)]).toEqual([
      'true',
      ['created', 'created'],
    ]);
  });
});

describe('a mixed batch', () => {
  it('says of every item in its place what became of it, and stays small whatever is wrong', async () => {
    const junk = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`unknown-${at}`, at]));
    const items = Array.from({ length: 400 }, (_, at) =>
      at === 200 ? booking('b8', 'a', 8) : { id: `${at}`, ...junk },
    );
    const answer = await batch(items, WAIT);
    expect(answer.status).toBe(200);
    expect(answer.body[200].outcome).toEqual({ kind: 'created', version: 1 });
    const refused = (answer.body as Entry[]).filter((_, at) => at !== 200);
    expect(refused.map(({ status }) => status)).toEqual(Array(399).fill(400));
    expect(answer.body[0]).toMatchObject({ type: 'urn:slotline:problem:invalid-request', moreErrors: 34 });
    expect(answer.body[0].errors).toHaveLength(10);
    expect(answer.body[399]).toEqual({ status: 400, moreErrors: 44 });
    expect(answer.text.length).toBeLessThan(65 * 1024);
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

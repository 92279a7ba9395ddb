// Holds over HTTP: a hold takes a slot until it is confirmed or expires, decided in the order of its org's requests.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readJob, writeJob, type Job, type JobText } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import { expiryRequestId, openDecider, type AcceptedRequest, type RequestRecord } from '@slotline/db';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

const WAIT = { Prefer: 'wait=20' };

let system: System;
beforeAll(async () => {
  system = await startSystem({ environment: { HOLD_CHECK_MS: '10' } });
});
afterAll(async () => {
  await system.close();
});

let orgs = 0;
function freshOrg(): string {
  return `org-${++orgs}`;
}

function hold(orgId: string, more: object = {}, headers: Record<string, string> = WAIT) {
  return request(system.url)
    .post('/api/appointments')
    .set(headers)
    .send({ ...BOOKING, orgId, holdSeconds: 3_600, ...more });
}

function confirm(
  orgId: string,
  {
    id = '42',
    url = system.url,
    headers = WAIT,
  }: { id?: string; url?: string; headers?: Record<string, string> } = {},
) {
  return request(url).post(`/api/appointments/${id}/confirm?orgId=${orgId}`).set(headers);
}

function read(orgId: string, path = '/api/appointments/42') {
  return request(system.url).get(`${path}?orgId=${orgId}`);
}

async function historyOf(orgId: string): Promise<string[]> {
  const { body } = await read(orgId, '/api/appointments/42/history');
  return (body as { status: string }[]).map(({ status }) => status);
}

/** A hold that has already expired, as the API would enqueue it after a long wait in the queue. */
function dueHold(more: object = {}): Job {
  const at = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`) as Instant;
  const facts = { start: at(BOOKING.start), end: at(BOOKING.end), createdAt: at(BOOKING.createdAt) };
  return {
    operation: 'book',
    appointmentId: '42',
    resourceId: 'default',
    ...facts,
    updatedAt: at(BOOKING.updatedAt),
    heldUntil: 5 as Instant,
    metadata: null,
    acceptedAt: 0 as Instant,
    ...more,
  };
}

describe('a hold', () => {
  it('is held for `holdSeconds` from its acceptance, and blocks its slot before and after confirmation', async () => {
    const orgId = freshOrg();
    const held = await hold(orgId);
    expect([held.status, held.body.outcome]).toEqual([201, { kind: 'created', version: 1 }]);
    const { body: before } = await read(orgId);
    expect(before).toMatchObject({ status: 'held', version: 1 });
    expect(Date.parse(before.heldUntil) - Date.parse(held.body.acceptedAt)).toBe(3_600_000);

    const other = await hold(orgId, { id: 'other', holdSeconds: undefined });
    expect([other.status, other.body.conflictsWith]).toEqual([409, [expect.objectContaining({ id: '42' })]]);

    const confirmed = await confirm(orgId);
    expect([confirmed.status, confirmed.body.operation, confirmed.body.outcome]).toEqual([
      200,
      'confirm',
      { kind: 'confirmed', version: 2 },
    ]);
    const { body: after } = await read(orgId);
    const { heldUntil: _until, ...facts } = before;
    expect(after).toEqual({ ...facts, status: 'booked', version: 2, recordedAt: after.recordedAt });
    const late = await hold(orgId, { id: 'late' });
    expect(late.status).toBe(409);
    expect(await historyOf(orgId)).toEqual(['held', 'booked']);
  });

  it('that blocks another request gives that request the nearest free intervals', async () => {
    const orgId = freshOrg();
    await hold(orgId);
    const other = await hold(orgId, { id: 'other' });
    const alternatives = {
      before: { start: '2030-10-10T20:10:00.000Z', end: '2030-10-10T20:20:00.000Z' },
      after: { start: '2030-10-10T20:30:00.000Z', end: '2030-10-10T20:40:00.000Z' },
    };
    expect(other.body).toMatchObject({ alternatives, request: { outcome: { alternatives } } });
  });

  it('is confirmed once, and a second confirmation changes nothing', async () => {
    const orgId = freshOrg();
    await hold(orgId);
    await confirm(orgId);
    const again = await confirm(orgId);
    expect([again.status, again.body.outcome]).toEqual([200, { kind: 'ignored-stale', version: 2 }]);
    expect(await historyOf(orgId)).toEqual(['held', 'booked']);
  });

  it('that is cancelled cannot be confirmed', async () => {
    const orgId = freshOrg();
    await hold(orgId);
    const cancelled = await request(system.url)
      .delete('/api/appointments/42')
      .query({ orgId, updatedAt: '2030-09-29 00:00' })
      .set(WAIT);
    expect(cancelled.body.outcome).toEqual({ kind: 'cancelled', version: 2 });
    const late = await confirm(orgId);
    expect([late.status, late.body.type, late.body.request.outcome]).toEqual([
      409,
      'urn:slotline:problem:not-held',
      { kind: 'not-held', version: 2 },
    ]);
    expect((await read(orgId)).body).not.toHaveProperty('heldUntil');
  });

  it('that does not exist cannot be confirmed', async () => {
    const answer = await confirm(freshOrg());
    expect([answer.status, answer.body.detail]).toEqual([404, 'There is no such appointment to confirm.']);
  });

  it('may be moved, and its time then starts again', async () => {
    const orgId = freshOrg();
    await hold(orgId);
    const { body: before } = await read(orgId);
    await hold(orgId, { updatedAt: '2030-09-29 00:00', end: '2030-10-10 20:40' });
    const { body: after } = await read(orgId);
    expect(after).toMatchObject({ status: 'held', version: 2, end: '2030-10-10T20:40:00.000Z' });
    expect(Date.parse(after.heldUntil)).toBeGreaterThanOrEqual(Date.parse(before.heldUntil));
  });

  it('is replayed under its Idempotency-Key with its first expiry time', async () => {
    const orgId = freshOrg();
    const key = { 'Idempotency-Key': `hold-${orgId}`, ...WAIT };
    const first = await hold(orgId, {}, key);
    const { body: before } = await read(orgId);
    const again = await hold(orgId, {}, key);
    expect([again.headers['idempotent-replayed'], again.body.requestId]).toEqual([
      'true',
      first.body.requestId,
    ]);
    expect((await read(orgId)).body).toEqual(before);
    expect((await hold(orgId, { holdSeconds: 60 }, key)).status).toBe(422);
  });

  it('and its confirmation may be sent in one batch', async () => {
    const orgId = freshOrg();
    const items = [
      { ...BOOKING, orgId, holdSeconds: 60 },
      { op: 'confirm', orgId, id: '42' },
      { op: 'confirm', orgId, id: 'nobody' },
    ];
    const answer = await request(system.url).post('/api/appointments/batch').set(WAIT).send(items);
    expect(answer.body.map((one: { outcome: { kind: string } }) => one.outcome.kind)).toEqual([
      'created',
      'confirmed',
      'not-found',
    ]);
  });
});

describe('POST /api/appointments/{id}/confirm', () => {
  it('answers 202 without a wait, and the same key then replays it', async () => {
    const orgId = freshOrg();
    await hold(orgId);
    const headers = { 'Idempotency-Key': `confirm-${orgId}` };
    const first = await confirm(orgId, { headers });
    expect([first.status, first.headers['location']]).toEqual([202, `/api/requests/${first.body.requestId}`]);
    expect(first.body).toMatchObject({ operation: 'confirm', appointmentId: '42', status: 'queued' });
    const again = await confirm(orgId, { headers: { ...headers, ...WAIT } });
    expect([again.headers['idempotent-replayed'], again.body.requestId]).toEqual([
      'true',
      first.body.requestId,
    ]);
    expect(again.body.outcome).toEqual({ kind: 'confirmed', version: 2 });
  });

  it('accepts any appointment id, `batch` and `confirm` included', async () => {
    const orgId = freshOrg();
    const ids = ['batch', 'confirm', 'a/b', '%2F', '😀'];
    for (const [at, id] of ids.entries()) {
      await hold(orgId, { id, resourceId: `r-${at}` });
      const answer = await confirm(orgId, { id: encodeURIComponent(id) });
      expect([id, answer.body.outcome?.kind]).toEqual([id, 'confirmed']);
    }
  });

  it('accepts no body, an empty object, or a `callbackUrl`', async () => {
    const orgId = freshOrg();
    const bodies = ['', '{}', '{"callbackUrl":"https://example.com/hook"}'];
    for (const body of bodies) {
      const headers = body === '' ? {} : { 'Content-Type': 'application/json' };
      const answer = await confirm(orgId, { headers }).send(body);
      expect([body, answer.status]).toEqual([body, 202]);
    }
  });

  it.each([
    ['{"callbackUrl":"file:///x"}', 400, '/callbackUrl invalid-url'],
    ['{"updatedAt":"2030-01-01 10:00","why":1}', 400, '/updatedAt unknown-field,/why unknown-field'],
    ['null', 400, ' wrong-type'],
    ['[]', 400, ' wrong-type'],
    ['{', 400, ''],
  ])('refuses the body %j, because no field may be ignored', async (body, status, errors) => {
    const answer = await confirm(freshOrg(), { headers: { 'Content-Type': 'application/json' } }).send(body);
    const named = (answer.body.errors ?? []).map(
      (error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`,
    );
    expect([answer.status, named.join()]).toEqual([status, errors]);
  });

  it('refuses another content type, an unknown parameter and another method', async () => {
    const orgId = freshOrg();
    const typed = await confirm(orgId, { headers: { 'Content-Type': 'text/plain' } }).send('yes');
    expect(typed.status).toBe(415);
    const { status, body } = await request(system.url).post('/api/appointments/42/confirm?org=x');
    expect([status, body.errors[0].pointer]).toEqual([400, '/org']);
    const got = await request(system.url).get('/api/appointments/42/confirm');
    expect([got.status, got.headers['allow']]).toEqual([405, 'POST']);
  });
});

type Queue = OrgQueue<JobText, RequestRecord>;

describe('an expired hold', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function openQueue({ redisUrl, queueName }: System = system): Promise<Queue> {
    const queue: Queue = await openOrgQueue({ redisUrl, name: queueName });
    closers.push(() => queue.close());
    return queue;
  }

  async function startIdle(): Promise<System> {
    const idle = await startSystem({ workers: 0, environment: { HOLD_CHECK_MS: '10' } });
    closers.push(() => idle.close());
    return idle;
  }

  let ids = 0;
  const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;

  /** Decides like a worker, but stops after the commit: nothing is completed. */
  async function decide({ databaseUrl }: System, orgId: string, jobs: [string, Job][]) {
    const decider = openDecider({ url: databaseUrl, lanes: 1 });
    const requests = jobs.map(([requestId, job]): AcceptedRequest => ({
      ...readJob(JSON.stringify(writeJob(job))),
      requestId,
    }));
    const [records = []] = await decider.decide([{ orgId, requests }]);
    await decider.close();
    return records.map(({ outcome }) => outcome);
  }

  /** Waits until version 1 of `42` is released and returns the request resource of the release. */
  async function released({ url }: System, orgId: string) {
    const requestId = expiryRequestId({ orgId, appointmentId: '42', version: 1 });
    for (;;) {
      const answer = await request(url).get(`/api/requests/${requestId}?wait=20`);
      if (answer.status === 200) return answer.body;
    }
  }

  const expire = (): Job => ({
    operation: 'expire',
    appointmentId: '42',
    version: 1,
    acceptedAt: 9 as Instant,
  });
  const expiryId = (orgId: string) => expiryRequestId({ orgId, appointmentId: '42', version: 1 });

  it('is released by the service, and its slot is free again', async () => {
    const orgId = freshOrg();
    const queue = await openQueue();
    await queue.accept([{ id: newId(), orgId, payload: writeJob(dueHold()) }]);
    const { operation, outcome } = await released(system, orgId);
    expect([operation, outcome]).toEqual(['expire', { kind: 'expired', version: 2 }]);
    const { body } = await read(orgId);
    expect(body).toMatchObject({ status: 'expired', version: 2, updatedAt: '2030-09-28T14:23:12.000Z' });
    expect(body).not.toHaveProperty('heldUntil');
    expect(await historyOf(orgId)).toEqual(['held', 'expired']);

    const late = await confirm(orgId);
    expect([late.status, late.body.type]).toEqual([409, 'urn:slotline:problem:not-held']);
    expect((await hold(orgId, { id: 'other' })).status).toBe(201);
  });

  it('that a client created over HTTP is released', async () => {
    const orgId = freshOrg();
    const held = await hold(orgId, { holdSeconds: 5 });
    const { outcome, decidedAt } = await released(system, orgId);
    expect(outcome).toEqual({ kind: 'expired', version: 2 });
    expect(Date.parse(decidedAt) - Date.parse(held.body.acceptedAt)).toBeGreaterThanOrEqual(5_000);
    const revived = await hold(orgId, { updatedAt: '2030-09-29 00:00' });
    expect([revived.status, revived.body.outcome]).toEqual([200, { kind: 'updated', version: 3 }]);
  }, 30_000);

  it('is booked by a confirmation that is queued before its release', async () => {
    const idle = await startIdle();
    const queue = await openQueue(idle);
    await decide(idle, 'acme', [[newId(), dueHold()]]);
    const confirmed = await confirm('acme', { url: idle.url, headers: {} });
    await queue.accept([{ id: expiryId('acme'), orgId: 'acme', payload: writeJob(expire()) }]);
    const later = await confirm('acme', { url: idle.url, headers: {} });
    await idle.addWorker();
    const outcomes = [confirmed.body.requestId, expiryId('acme'), later.body.requestId].map(async (id) => {
      const { body } = await request(idle.url).get(`/api/requests/${id}?wait=20`);
      return body.outcome;
    });
    expect(await Promise.all(outcomes)).toEqual([
      { kind: 'confirmed', version: 2 },
      { kind: 'ignored-stale', version: 2 },
      { kind: 'ignored-stale', version: 2 },
    ]);
  });

  it('cannot be confirmed by a request that is queued after its release', async () => {
    const idle = await startIdle();
    const queue = await openQueue(idle);
    await decide(idle, 'acme', [[newId(), dueHold()]]);
    await queue.accept([{ id: expiryId('acme'), orgId: 'acme', payload: writeJob(expire()) }]);
    const { body } = await confirm('acme', { url: idle.url, headers: {} });
    await idle.addWorker();
    const late = await request(idle.url).get(`/api/requests/${body.requestId}?wait=20`);
    expect(late.body).toMatchObject({ status: 'completed', outcome: { kind: 'not-held', version: 2 } });
  });

  it('is not released while its org is paused, and is released after the org resumes', async () => {
    const orgId = freshOrg();
    const queue = await openQueue();
    await queue.pause(orgId);
    await decide(system, orgId, [[newId(), dueHold()]]);
    while ((await queue.inspect(orgId)).depth === 0) continue;
    expect((await read(orgId)).body.status).toBe('held');
    await queue.resume(orgId);
    expect((await released(system, orgId)).outcome).toEqual({ kind: 'expired', version: 2 });
  });

  it.each<[string, (idle: System) => Promise<void>]>([
    ['before it requested the release', async () => {}],
    [
      'after it requested the release',
      async (idle) => {
        const queue = await openQueue(idle);
        await queue.accept([{ id: expiryId('acme'), orgId: 'acme', payload: writeJob(expire()) }]);
      },
    ],
    [
      'after the release was committed',
      async (idle) => {
        const queue = await openQueue(idle);
        await queue.accept([{ id: expiryId('acme'), orgId: 'acme', payload: writeJob(expire()) }]);
        await decide(idle, 'acme', [[expiryId('acme'), expire()]]);
      },
    ],
  ])('of a worker that died %s is released once by the next workers', async (_when, die) => {
    const idle = await startIdle();
    await decide(idle, 'acme', [[newId(), dueHold()]]);
    await die(idle);
    await Promise.all([idle.addWorker(), idle.addWorker()]);
    expect((await released(idle, 'acme')).outcome).toEqual({ kind: 'expired', version: 2 });
    const queue = await openQueue(idle);
    while ((await queue.inspect('acme')).depth > 0) continue;
    const { body } = await request(idle.url).get('/api/appointments/42/history?orgId=acme');
    expect(body.map((one: { status: string }) => one.status)).toEqual(['held', 'expired']);
  });
});

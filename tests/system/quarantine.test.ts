// Quarantined requests on the admin port: listed with their cause, and retried once the cause is removed. The cause is
// a database trigger that makes the matching rows impossible to commit.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { writeJob, type JobText } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import type { RequestRecord } from '@slotline/db';
import { openOrgQueue, type OrgQueue } from '@slotline/queue';
import { startSystem, type System } from '@slotline/testkit';
import pg from 'pg';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

const QUARANTINE = '/api/admin/quarantine';

let system: System;
let sql: pg.Client;
let queue: OrgQueue<JobText, RequestRecord>;
beforeAll(async () => {
  system = await startSystem({ environment: { HOLD_CHECK_MS: '10', MAILBOX_MAX: '3' } });
  sql = new pg.Client({ connectionString: system.databaseUrl });
  await sql.connect();
  await sql.query(`
    create function poison() returns trigger language plpgsql as $$
    begin raise exception 'the cause of it all' using errcode = 'check_violation'; end $$`);
  queue = await openOrgQueue({ redisUrl: system.redisUrl, name: system.queueName });
});
afterEach(() => cure());
afterAll(async () => {
  await queue.close();
  await sql.end();
  await system.close();
});

/** Makes every request undecidable that inserts a row matching the condition. */
async function poison(condition: string): Promise<void> {
  await sql.query(
    `create trigger poison before insert on appointments for each row when (${condition}) execute function poison()`,
  );
}

async function cure(): Promise<void> {
  await sql.query('drop trigger if exists poison on appointments');
}

let orgs = 0;
function freshOrg(): string {
  return `org-${++orgs}`;
}

function book(orgId: string, more: object = {}) {
  return request(system.url)
    .post('/api/appointments')
    .set('Prefer', 'wait=20')
    .send({ ...BOOKING, orgId, ...more });
}

async function list(orgId: string, query: object = {}) {
  const { body } = await request(system.adminUrl)
    .get(QUARANTINE)
    .query({ orgId, ...query });
  return body as Record<string, unknown>[];
}

function retry(requestId: unknown) {
  return request(system.adminUrl).post(`${QUARANTINE}/${String(requestId)}/retry`);
}

async function outcomeAt(location: string | undefined): Promise<unknown> {
  const { status, body } = await request(system.adminUrl).get(`${location}?wait=20`);
  expect(status).toBe(200);
  return body.outcome;
}

async function statusOf(orgId: string): Promise<string> {
  const { body } = await request(system.url).get('/api/appointments/42').query({ orgId });
  return body.status as string;
}

/** Quarantines one booking, removes the cause and returns the request id. */
async function quarantineOne(orgId: string, more: object = {}): Promise<string> {
  await poison(`new.appointment_id = '42'`);
  const { status, body } = await book(orgId, more);
  expect([status, body.request.status]).toEqual([500, 'failed']);
  await cure();
  return body.request.requestId as string;
}

describe('a request that could not be decided', () => {
  it('is listed with its cause for operators, and the client does not see the cause', async () => {
    const orgId = freshOrg();
    await poison(`new.appointment_id = '42'`);
    const { body: told } = await book(orgId, { metadata: { note: 'canary' } });
    expect(JSON.stringify(told)).not.toContain('the cause of it all');
    const [one, ...others] = await list(orgId);
    expect(others).toEqual([]);
    expect(one).toEqual({
      ...{ requestId: told.request.requestId, orgId, appointmentId: '42', operation: 'book' },
      ...{ reason: expect.stringContaining('the cause of it all'), isRetryable: true },
      ...{ acceptedAt: told.request.acceptedAt, quarantinedAt: told.request.decidedAt },
    });
    expect(JSON.stringify(await list(orgId))).not.toContain('canary');
    const [shown] = await list(orgId, { payload: 'true' });
    expect(JSON.parse(String(shown?.['payload']))).toMatchObject({ op: 'book', appt: '42' });
    expect(shown?.['payload']).toContain('canary');
  });

  it('is retried as a new request once the cause is removed, and keeps its own outcome', async () => {
    const orgId = freshOrg();
    const requestId = await quarantineOne(orgId);
    const accepted = await retry(requestId);
    expect([accepted.status, accepted.body.status]).toEqual([202, 'queued']);
    expect(accepted.headers['location']).toBe(`/api/admin/requests/${accepted.body.requestId}`);
    expect(await outcomeAt(accepted.headers['location'])).toEqual({ kind: 'created', version: 1 });
    expect(await statusOf(orgId)).toBe('booked');
    const first = await request(system.url).get(`/api/requests/${requestId}`);
    expect([first.body.status, first.body.outcome.kind]).toEqual(['failed', 'quarantined']);
    expect(await list(orgId)).toMatchObject([{ requestId, retriedAs: accepted.body.requestId }]);
  });

  it('becomes one new request, however often and whenever it is retried', async () => {
    const orgId = freshOrg();
    const requestId = await quarantineOne(orgId);
    const both = await Promise.all([retry(requestId), retry(requestId)]);
    const [location] = both.map(({ headers }) => headers['location'] as string);
    await outcomeAt(location);
    const again = await retry(requestId);
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect([...both, again].map(({ headers }) => headers['location'])).toEqual(Array(3).fill(location));
    const { rows } = await sql.query(
      'select count(*)::int as made from requests join orgs using (org_key) where org_id = $1',
      [orgId],
    );
    expect(rows).toEqual([{ made: 2 }]);
  });

  it('is quarantined again if its retry fails, and that retry can be retried', async () => {
    const orgId = freshOrg();
    const requestId = await quarantineOne(orgId);
    await poison(`new.appointment_id = '42'`);
    const failed = await retry(requestId);
    expect(await outcomeAt(failed.headers['location'])).toMatchObject({ kind: 'quarantined' });
    await cure();
    expect((await list(orgId)).map((one) => one['requestId'])).toEqual([failed.body.requestId, requestId]);
    const accepted = await retry(failed.body.requestId);
    expect(await outcomeAt(accepted.headers['location'])).toEqual({ kind: 'created', version: 1 });
  });

  it('with `holdSeconds` holds for that time from the acceptance of its retry', async () => {
    const orgId = freshOrg();
    const requestId = await quarantineOne(orgId, { holdSeconds: 3_600 });
    const accepted = await retry(requestId);
    await outcomeAt(accepted.headers['location']);
    const { body } = await request(system.url).get('/api/appointments/42').query({ orgId });
    expect(Date.parse(body.heldUntil) - Date.parse(accepted.body.acceptedAt)).toBe(3_600_000);
  });

  it('cannot be retried while the mailbox of its org is full', async () => {
    const orgId = freshOrg();
    const requestId = await quarantineOne(orgId);
    await queue.pause(orgId);
    for (const id of ['a', 'b', 'c']) {
      const { status } = await book(orgId, { id }).set('Prefer', 'respond-async');
      expect(status).toBe(202);
    }
    const refused = await retry(requestId);
    expect([refused.status, refused.body.type]).toEqual([429, 'urn:slotline:problem:mailbox-full']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await list(orgId)).toMatchObject([{ requestId }]);
    await queue.resume(orgId);
  });
});

it('a hold with a quarantined release is released by the retry of that release', async () => {
  const orgId = freshOrg();
  await poison(`new.status = 'expired'`);
  const at = Date.now() as Instant;
  const hold = writeJob({
    ...{ operation: 'book', appointmentId: '42', resourceId: 'room', createdAt: at, updatedAt: at },
    ...{ start: at, end: (at + 60_000) as Instant, heldUntil: 5 as Instant, metadata: null, acceptedAt: at },
  });
  await queue.accept([{ id: '00000000-0000-7000-8000-00000000abcd', orgId, payload: hold }]);
  let [release] = await list(orgId);
  while (release === undefined) [release] = await list(orgId);
  expect(release).toMatchObject({ operation: 'expire', appointmentId: '42', isRetryable: true });
  expect(await statusOf(orgId)).toBe('held');
  await cure();
  const accepted = await retry(release['requestId']);
  expect(await outcomeAt(accepted.headers['location'])).toEqual({ kind: 'expired', version: 2 });
  expect(await statusOf(orgId)).toBe('expired');
});

it('a payload of an unknown version is listed and cannot be retried', async () => {
  const orgId = freshOrg();
  const id = '00000000-0000-7000-8000-00000000beef';
  await queue.accept([{ id, orgId, payload: { v: 99, op: 'book' } as never }]);
  while ((await list(orgId)).length === 0) continue;
  expect(await list(orgId)).toMatchObject([{ requestId: id, operation: 'unknown', isRetryable: false }]);
  const { status, body } = await retry(id);
  expect([status, body.type]).toEqual([409, 'urn:slotline:problem:not-retryable']);
});

it('a retry of a decided request, an unknown id or an invalid id is a 404', async () => {
  const { body } = await book(freshOrg());
  const ids = [body.requestId as string, '0199d4b0-0000-7000-8000-000000000000', 'nobody'];
  const answers = await Promise.all(ids.map((id) => retry(id)));
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  const [one, ...others] = answers.map((answer) => ({ ...answer.body, instance: '' }));
  expect(others).toEqual([one, one]);
});

it('pages follow each other by Link, and a cursor of another list is refused', async () => {
  const orgId = freshOrg();
  for (let n = 0; n < 3; n++) await quarantineOne(orgId);
  const all = (await list(orgId)).map((one) => one['requestId']);
  const first = await request(system.adminUrl).get(QUARANTINE).query({ orgId, limit: 2 });
  const next = /<([^>]+)>; rel="next"/.exec(first.headers['link'] ?? '')?.[1] ?? '';
  const second = await request(system.adminUrl).get(next);
  expect([...first.body, ...second.body].map(({ requestId }) => requestId)).toEqual(all);
  expect(second.headers['link']).toBeUndefined();
  const cursor = new URL(next, system.adminUrl).searchParams.get('cursor');
  const other = await request(system.adminUrl).get(QUARANTINE).query({ cursor });
  expect([other.status, other.body.type]).toEqual([400, 'urn:slotline:problem:invalid-cursor']);
});

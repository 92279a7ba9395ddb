// The admin port: access, pausing, resuming and weights of orgs, and keys. Every change writes one audit line.

import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApi, readApiConfig } from '@slotline/api';
import { ROUTE_SCOPES } from '@slotline/contract';
import { createLogger } from '@slotline/runtime';
import { makeKey, startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

const MAILBOX_MAX = 4;

let system: System;
let operator: string;
beforeAll(async () => {
  system = await startSystem({ environment: { AUTH: 'keys', MAILBOX_MAX: String(MAILBOX_MAX) } });
  operator = await makeKey(system, { scopes: ['admin'] });
});
afterAll(async () => {
  await system.close();
});

let orgs = 0;
function freshOrg(): string {
  return `org-${++orgs}`;
}

type Method = 'get' | 'post' | 'put' | 'delete';

function admin(method: Method, path: string, key = operator) {
  return request(system.adminUrl)[method](path).auth(key, { type: 'bearer' });
}

function ask(method: 'get' | 'post', path: string) {
  return request(system.url)[method](path).auth(operator, { type: 'bearer' });
}

function book(orgId: string, more: object = {}) {
  return ask('post', '/api/appointments').send({ ...BOOKING, orgId, ...more });
}

async function orgOf(orgId: string) {
  const { body } = await admin('get', '/api/admin/orgs').query({ orgId });
  return (body as Record<string, unknown>[])[0];
}

const ADMIN_ROUTES = Object.entries(ROUTE_SCOPES)
  .filter(([, scope]) => scope === 'admin')
  .map(([route]): [Method, string] => {
    const [method = '', path = ''] = route.split(' ');
    return [method.toLowerCase() as Method, path.replaceAll(/\{\w+\}/g, 'x')];
  });

describe('access to the admin port', () => {
  it.each(ADMIN_ROUTES)(
    '%s %s is served to operators only, and on the admin port only',
    async (method, path) => {
      const org = await makeKey(system, { orgId: 'acme', scopes: ['read', 'write', 'webhooks'] });
      const asked = [request(system.adminUrl)[method](path), admin(method, path, org)];
      const answers = await Promise.all(asked);
      expect(answers.map(({ status, body }) => [status, body.type])).toEqual([
        [401, 'urn:slotline:problem:unauthenticated'],
        [403, 'urn:slotline:problem:insufficient-scope'],
      ]);
      const elsewhere = await request(system.url)[method](path).auth(operator, { type: 'bearer' });
      expect(elsewhere.status).toBe(404);
      expect([401, 403]).not.toContain((await admin(method, path)).status);
    },
  );

  it('with AUTH=none every client that reaches the port has access, except pages of other origins', async () => {
    const open = await startSystem({ workers: 0 });
    const paused = await request(open.adminUrl).post('/api/admin/orgs/acme/pause');
    expect([paused.status, paused.body.isPaused]).toEqual([200, true]);
    // A foreign page can send this from the operator's browser, but the browser adds `Origin`.
    const fromPage = await request(open.adminUrl)
      .post('/api/admin/orgs/acme/resume')
      .set('Origin', 'https://evil.example');
    expect(fromPage.status).toBe(403);
    const { body } = await request(open.adminUrl).get('/api/admin/orgs').query({ orgId: 'acme' });
    expect(body).toMatchObject([{ isPaused: true }]);
    await open.close();
  });
});

describe('a paused org', () => {
  it('accepts requests until its mailbox is full and decides none until it is resumed, then all in order', async () => {
    const orgId = freshOrg();
    expect((await admin('post', `/api/admin/orgs/${orgId}/pause`)).body).toMatchObject({ isPaused: true });
    const accepted = [];
    for (let n = 1; n <= MAILBOX_MAX; n++) {
      accepted.push(await book(orgId, { updatedAt: `2030-09-28 14:23:${10 + n}` }));
    }
    expect(accepted.map(({ status, body }) => [status, body.place])).toEqual(
      accepted.map((_, at) => [202, at + 1]),
    );
    expect((await book(orgId)).status).toBe(429);
    expect(await orgOf(orgId)).toMatchObject({ orgId, waiting: MAILBOX_MAX, isPaused: true, weight: 1 });
    expect(await orgOf(orgId)).not.toHaveProperty('drainPerSecond');

    // Another org is served at the same time, so it is the pause that stops this one.
    expect((await book(freshOrg()).set('Prefer', 'wait=20')).status).toBe(201);
    const last = accepted.at(-1)?.body.requestId as string;
    const waiting = await ask('get', `/api/requests/${last}`);
    expect(waiting.body).toMatchObject({ status: 'queued', place: MAILBOX_MAX });
    const readiness = await request(system.adminUrl).get('/readyz');
    expect([readiness.status, readiness.body.oldestEntryAgeMs]).toEqual([200, 0]);

    expect((await admin('post', `/api/admin/orgs/${orgId}/resume`)).body).toMatchObject({ isPaused: false });
    expect((await ask('get', `/api/requests/${last}?wait=20`)).body.outcome).toEqual({
      kind: 'updated',
      version: MAILBOX_MAX,
    });
    const { body: history } = await ask('get', `/api/appointments/42/history?orgId=${orgId}`);
    expect((history as { requestId: string }[]).map((version) => version.requestId)).toEqual(
      accepted.map(({ body }) => body.requestId as string),
    );
  });

  it('has no `etaMs`, because the time of its resumption is unknown', async () => {
    const orgId = freshOrg();
    // Three decisions, so that the pace of the org is known.
    for (let n = 0; n < 3; n++) await book(orgId, { id: `before-${n}` }).set('Prefer', 'wait=20');
    await admin('post', `/api/admin/orgs/${orgId}/pause`);
    const accepted = await book(orgId);
    const { requestId } = accepted.body;
    const found = await ask('get', `/api/requests/${requestId}`);
    const { body: listed } = await ask('get', '/api/requests').query({ orgId, status: 'queued' });
    for (const one of [accepted.body, found.body, ...(listed as object[])]) {
      expect(one).toMatchObject({ requestId, place: 1 });
      expect(one).not.toHaveProperty('etaMs');
    }
    await admin('post', `/api/admin/orgs/${orgId}/resume`);
  });

  it('is listed even without waiting requests, and pausing or resuming twice changes nothing', async () => {
    const orgId = `idle ${freshOrg()} /?#`;
    const path = `/api/admin/orgs/${encodeURIComponent(orgId)}`;
    const listed = async () => {
      const { body } = await admin('get', '/api/admin/orgs?limit=1000');
      return (body as { orgId: string }[]).filter((one) => one.orgId === orgId);
    };
    for (let twice = 0; twice < 2; twice++) await admin('post', `${path}/pause`);
    expect(await listed()).toEqual([{ orgId, waiting: 0, oldestAgeMs: 0, isPaused: true, weight: 1 }]);
    for (let twice = 0; twice < 2; twice++) await admin('post', `${path}/resume`);
    expect(await listed()).toEqual([]);
  });
});

describe('a weight', () => {
  const put = (orgId: string, body: object) => admin('put', `/api/admin/orgs/${orgId}/weight`).send(body);

  it('is stored, shown and can be reset', async () => {
    const orgId = freshOrg();
    expect((await put(orgId, { weight: 100 })).body).toMatchObject({ orgId, weight: 100 });
    expect(await orgOf(orgId)).toMatchObject({ weight: 100 });
    expect((await put(orgId, { weight: 1 })).body).toMatchObject({ weight: 1 });
  });

  it.each([
    { weight: 0 },
    { weight: 101 },
    { weight: 1.5 },
    { weight: '7' },
    {},
    { weight: 7, orgId: 'acme' },
  ])('must be a whole number from 1 to 100 in a body without other fields: %j is refused', async (body) => {
    const orgId = freshOrg();
    const refused = await put(orgId, body);
    expect([refused.status, refused.body.type]).toEqual([400, 'urn:slotline:problem:invalid-request']);
    expect(await orgOf(orgId)).toMatchObject({ weight: 1 });
  });
});

describe('keys', () => {
  it('are valid from creation until revocation, and their text is shown once', async () => {
    const made = await admin('post', '/api/admin/keys').send({
      orgId: 'acme',
      name: 'till',
      scopes: ['read'],
    });
    const { key, keyId, ...rest } = made.body as Record<string, string>;
    expect([made.status, made.headers['location'], made.headers['cache-control']]).toEqual([
      201,
      `/api/admin/keys/${keyId}`,
      'no-store',
    ]);
    const listAs = () =>
      request(system.url)
        .get('/api/appointments')
        .auth(key ?? '', { type: 'bearer' });
    expect((await listAs()).status).toBe(200);

    const shown = await admin('get', made.headers['location'] ?? '');
    expect(shown.body).toMatchObject({ keyId, ...rest });
    const list = await admin('get', '/api/admin/keys').query({ orgId: 'acme', limit: 1 });
    expect(list.body).toMatchObject([{ keyId }]);
    expect(JSON.stringify([shown.body, list.body])).not.toContain(key?.split('_')[2]);

    const revoked = await admin('delete', made.headers['location'] ?? '');
    expect([revoked.status, typeof revoked.body.revokedAt]).toEqual([200, 'string']);
    while ((await listAs()).status !== 401) continue;
    const again = await admin('delete', made.headers['location'] ?? '');
    expect(again.body).toMatchObject({ keyId, revokedAt: revoked.body.revokedAt });
  });

  it.each([
    [{ orgId: 'acme', scopes: ['admin'] }, '/scopes'],
    [{ scopes: ['read'] }, '/scopes'],
    [{ orgId: 'acme', scopes: ['read'], expiresAt: '2020-01-01 00:00' }, '/expiresAt'],
    [{ orgId: 'acme', scopes: ['read'], key: 'mine' }, '/key'],
  ])('are not created from invalid fields: %j', async (body, pointer) => {
    const refused = await admin('post', '/api/admin/keys').send(body);
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });

  it('that do not exist cannot be revoked, and the answer does not repeat the given id', async () => {
    for (const id of ['0123456789abcdef', `slk_0123456789abcdef_${'s'.repeat(43)}`]) {
      const answer = await admin('delete', `/api/admin/keys/${id}`);
      expect([answer.status, answer.text.includes('sss')]).toEqual([404, false]);
    }
  });

  it('are listed page by page', async () => {
    const orgId = freshOrg();
    for (let n = 0; n < 3; n++) await makeKey(system, { orgId, scopes: ['read'] });
    const all = await admin('get', '/api/admin/keys').query({ orgId });
    const first = await admin('get', '/api/admin/keys').query({ orgId, limit: 2 });
    const next = /<([^>]+)>; rel="next"/.exec(first.headers['link'] ?? '')?.[1] ?? '';
    const second = await admin('get', next);
    expect([...first.body, ...second.body]).toEqual(all.body);
  });
});

const CLIENT = '192.0.2.1';
const FORWARDED = { 'X-Forwarded-For': CLIENT };

it('every admin action writes one log line with the key id, the action and the org, and no secret', async () => {
  let log = '';
  const destination = new Writable({ write: (chunk: Buffer, _, done) => done(void (log += chunk)) });
  const api = await openApi(
    readApiConfig({
      ...{ DATABASE_URL: system.databaseUrl, REDIS_URL: system.redisUrl, QUEUE_NAME: system.queueName },
      ...{ PORT: '0', ADMIN_PORT: '0', AUTH: 'keys', TRUST_PROXY: '1' },
    }),
    // The level of `slotline up`.
    { logger: createLogger({ app: 'test', level: 'warn', destination }) },
  );
  const act = (method: Method, path: string, body?: object) =>
    request(api.adminAddress)[method](path).auth(operator, { type: 'bearer' }).set(FORWARDED).send(body);
  await act('post', '/api/admin/orgs/acme/pause');
  await act('post', '/api/admin/orgs/acme/resume');
  await act('put', '/api/admin/orgs/acme/weight', { weight: 2 });
  const made = await act('post', '/api/admin/keys', { orgId: 'acme', scopes: ['read'] });
  await act('delete', `/api/admin/keys/${made.body.keyId}`);
  await act('get', '/api/admin/quarantine?payload=true');
  // Reads and refused requests write no audit line.
  await act('get', '/api/admin/orgs');
  await act('get', '/api/admin/quarantine');
  await act('put', '/api/admin/orgs/acme/weight', { weight: 0 });
  await act('delete', `/api/admin/keys/${made.body.key}`);
  // An unknown key on the public port, where the proxy is trusted.
  await request(api.address).get('/api/appointments').auth('none', { type: 'bearer' }).set(FORWARDED);
  await api.close();

  const all = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const lines = all.filter(({ msg }) => msg === 'admin action');
  expect(all.find(({ msg }) => msg === 'credentials refused')).toMatchObject({ ip: CLIENT, count: 1 });
  expect(lines.map(({ action, orgId }) => [action, orgId])).toEqual([
    ['pause-org', 'acme'],
    ['resume-org', 'acme'],
    ['set-weight', 'acme'],
    ['create-key', 'acme'],
    ['revoke-key', 'acme'],
    ['read-payloads', null],
  ]);
  // The admin port ignores `X-Forwarded-For`.
  expect(new Set(lines.map(({ ip }) => ip))).toEqual(new Set(['127.0.0.1']));
  expect(new Set(lines.map(({ who }) => who))).toEqual(new Set([operator.split('_')[1]]));
  for (const secret of [operator, made.body.key as string]) {
    expect(log).not.toContain(secret.split('_')[2]);
  }
});

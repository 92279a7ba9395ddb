// A client that never names its org: its credentials determine the org, for every link in an answer too. Revoking the
// credentials ends the streams and waits that use them.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseApiKey, type Scope } from '@slotline/contract';
import { openDatabase, revokeKey } from '@slotline/db';
import { makeKey, prepareDatabase, startPostgres, startSystem, type System } from '@slotline/testkit';
import { randomUUID } from 'node:crypto';
import { openEvents } from '../system/event-reader.ts';
import { DECIDED, makeWorld, slot } from './a-world.ts';
import { openCredentials } from './credentials.ts';
import { headerOf, send, sendWell, type Call } from './exchange.ts';

const ALL: readonly Scope[] = ['read', 'write', 'webhooks'];

let system: System;
beforeAll(async () => {
  system = await startSystem({ environment: { AUTH: 'keys', WEBHOOK_ALLOW_PRIVATE: 'true' } });
});
afterAll(async () => {
  await system.close();
});

let orgId: string;
let key: string;
beforeEach(async () => {
  orgId = `org ${randomUUID()}`;
  key = await makeKey(system, { orgId, scopes: ALL });
});

interface Made {
  readonly requestId: string;
  readonly orgId: string;
  readonly links: Readonly<Record<string, string>>;
}

const get = (path: string): Call => ({ method: 'GET', path });
const post = (path: string, body: unknown, headers: Record<string, string> = DECIDED): Call => ({
  ...{ method: 'POST', path, body, headers },
});
const read = async (path: string): Promise<unknown> =>
  JSON.parse((await sendWell(system.url, get(path), key)).body) as unknown;

async function book(id: string, at: number): Promise<void> {
  await sendWell(system.url, post('/api/appointments', { id, ...slot(at) }), key);
}

describe('a key that leaves the org out', () => {
  it('can read its own data at every Location and link', async () => {
    const made = await sendWell(system.url, post('/api/appointments', { id: 'a/ä 1', ...slot(1) }), key);
    const { links, requestId, orgId: of } = JSON.parse(made.body) as Made;
    expect([made.status, of]).toEqual([201, orgId]);
    expect(await read(headerOf(made, 'location') ?? '')).toMatchObject({ id: 'a/ä 1', orgId });
    expect(await read(headerOf(made, 'content-location') ?? '')).toMatchObject({ requestId });
    for (const link of Object.values(links)) await read(link);

    const hook = await sendWell(system.url, post('/api/webhooks', { url: 'http://127.0.0.1:1/' }), key);
    const where = headerOf(hook, 'location') ?? '';
    const { id } = (await read(where)) as { id: string };
    const ping = await sendWell(system.url, post(`/api/webhooks/${id}/ping`, {}), key);
    expect(await read(headerOf(ping, 'location') ?? '')).toMatchObject({ orgId, type: 'ping' });
  });

  it('reads list after list to the end by following Link', async () => {
    for (const at of [1, 2, 3]) await book(`walk-${at}`, at);
    for (const list of ['/api/appointments', '/api/requests']) {
      const pages: unknown[] = [];
      for (let path: string | undefined = `${list}?limit=1`; path !== undefined;) {
        const answer = await sendWell(system.url, get(path), key);
        pages.push(...(JSON.parse(answer.body) as unknown[]));
        path = /<([^>]+)>/.exec(headerOf(answer, 'link') ?? '')?.[1];
      }
      expect([list, pages]).toEqual([
        list,
        Array.from({ length: 3 }, () => expect.objectContaining({ orgId })),
      ]);
    }
  });

  it('gets 304 for the ETag of an earlier answer', async () => {
    await book('42', 1);
    for (const path of ['/api/appointments/42', '/api/appointments.ics']) {
      const etag = headerOf(await sendWell(system.url, get(path), key), 'etag') ?? '';
      const again = await send(system.url, { ...get(path), headers: { 'If-None-Match': etag } }, key);
      expect([path, again.status]).toEqual([path, 304]);
    }
  });

  it('has its org in every body that the service takes', async () => {
    await book('held', 1);
    const items = [
      { id: 'batch', ...slot(2) },
      { op: 'cancel', id: 'batch', ...slot(3) },
    ];
    for (const path of ['/api/appointments/batch', '/api/appointments/batch?atomic=true']) {
      const sent = path.endsWith('batch') ? items : [{ id: 'atomic', ...slot(4) }];
      const { body } = await sendWell(system.url, post(path, sent), key);
      const answers = [JSON.parse(body)].flat() as { orgId: string }[];
      expect(new Set(answers.map((answer) => answer.orgId))).toEqual(new Set([orgId]));
    }
    const cancelled = await sendWell(
      system.url,
      { method: 'DELETE', path: '/api/appointments/held', headers: DECIDED },
      key,
    );
    expect(JSON.parse(cancelled.body)).toMatchObject({ orgId, outcome: { kind: 'cancelled' } });
  });
});

describe('a batch', () => {
  const mine = { id: 'mine', ...slot(1) };
  const theirs = { id: 'theirs', orgId: 'default', ...slot(2) };

  it('has an item of another org refused in its place, and the others taken', async () => {
    const { status, body } = await send(system.url, post('/api/appointments/batch', [theirs, mine]), key);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      [
        expect.objectContaining({ type: 'urn:slotline:problem:not-found', status: 404 }),
        expect.objectContaining({ orgId, appointmentId: 'mine', status: 'completed' }),
      ],
    ]);
    expect(await read('/api/requests')).toHaveLength(1);
  });

  it('that is atomic is a 404 with nothing enqueued if one item is of another org', async () => {
    const path = '/api/appointments/batch?atomic=true';
    const answers = [
      await send(system.url, post(path, [mine, theirs]), key),
      await send(system.url, post(path, [{ ...mine, orgId: 'nobody' }]), key),
      await send(system.url, post(path, [{ orgId: 'nobody' }]), key),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(404);
    expect(await read('/api/requests')).toEqual([]);
  });
});

it('an operator names any org, and means `default` without one', async () => {
  const admin = await makeKey(system, { scopes: ['admin'] });
  const own = await sendWell(system.url, post('/api/appointments', { id: 'op', orgId, ...slot(1) }), admin);
  expect(JSON.parse(own.body)).toMatchObject({ orgId });
  expect(await read('/api/appointments/op')).toMatchObject({ orgId });
  const other = await sendWell(system.url, post('/api/appointments', { id: 'op', ...slot(1) }), admin);
  expect(JSON.parse(other.body)).toMatchObject({ orgId: 'default' });
  const { requestId } = JSON.parse(own.body) as { requestId: string };
  await sendWell(system.url, get(`/api/requests/${requestId}`), admin);
});

describe('when a key is revoked', () => {
  let idle: System;
  beforeAll(async () => {
    // No worker runs, so every wait lasts until the key is revoked.
    idle = await startSystem({ workers: 0, environment: { AUTH: 'keys' } });
  });
  afterAll(async () => {
    await idle.close();
  });

  async function waitingKey() {
    const waiting = await makeKey(idle, { orgId, scopes: ALL });
    const queued = await sendWell(idle.url, post('/api/appointments', { id: '1', ...slot(1) }, {}), waiting);
    const { requestId } = JSON.parse(queued.body) as { requestId: string };
    return { waiting, requestId };
  }

  async function revoke(text: string): Promise<void> {
    const db = openDatabase({ url: idle.databaseUrl, poolMax: 1 });
    await revokeKey(db, parseApiKey(text)?.keyId ?? '');
    await db.close();
  }

  it('its streams send the reason and end, and a reconnect is answered 401', async () => {
    const { waiting, requestId } = await waitingKey();
    const paths = ['/api/changes/stream', `/api/requests/${requestId}/events`];
    const readers = await Promise.all(paths.map((path) => openEvents(idle.url + path, { key: waiting })));
    expect(readers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await readers[1]?.next()).toMatchObject({ event: 'request' });
    await revoke(waiting);
    for (const reader of readers) {
      expect(await reader.take(2)).toEqual([{ event: 'revoked', data: { reason: 'credential-ended' } }]);
    }
    expect((await send(idle.url, get(paths[0] ?? ''), waiting)).status).toBe(401);
  });

  it('its waits answer with what is known', async () => {
    const { waiting, requestId } = await waitingKey();
    const calls: Call[] = [
      get(`/api/requests/${requestId}?wait=30`),
      get('/api/changes?wait=30'),
      post('/api/appointments', { id: '2', ...slot(2) }, { Prefer: 'wait=30' }),
      post('/api/appointments/batch', [{ id: '3', ...slot(3) }], { Prefer: 'wait=30' }),
    ];
    const answers = calls.map((call) => send(idle.url, call, waiting));
    const admin = await makeKey(idle, { scopes: ['admin'] });
    // Those that sent something wait as soon as it is in line.
    while ((await countRequests(admin)) < 3) continue;
    await revoke(waiting);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 202, 202]);
  });

  async function countRequests(admin: string): Promise<number> {
    const path = `/api/requests?orgId=${encodeURIComponent(orgId)}`;
    return (JSON.parse((await sendWell(idle.url, get(path), admin)).body) as unknown[]).length;
  }
});

it('a request of another org is answered like an unknown one during an outage too', async () => {
  const postgres = await startPostgres();
  await prepareDatabase(postgres.url);
  const credentials = await openCredentials('keys');
  const away = await startSystem({
    databaseUrl: postgres.url,
    environment: { AUTH: 'keys', WEBHOOK_ALLOW_PRIVATE: 'true' },
  });
  try {
    const [a, b] = await Promise.all([makeWorld(away, credentials), makeWorld(away, credentials)]);
    await postgres.stop();
    const [own, theirs, nobodys] = await Promise.all(
      [a.requestId, b.requestId, '0199d4b0-0000-7000-8000-000000000000'].map((id) =>
        send(away.url, get(`/api/requests/${id}`), a.key),
      ),
    );
    expect([own?.status, theirs?.status]).toEqual([200, 503]);
    expect(theirs).toEqual(nobodys);
  } finally {
    await away.close();
    await postgres.stop();
  }
});

// Registration of webhook endpoints: every bad field is named, and endpoints of another org are not accessible.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

/** Public, and never posted to in these tests. */
const URL = 'https://93.184.216.34/hook';
const SOMEBODY = '0199d4b0-0000-7000-8000-000000000000';

let system: System;
beforeAll(async () => {
  // Nothing is posted without a worker.
  system = await startSystem({ workers: 0 });
});
afterAll(async () => {
  await system.close();
});

const api = () => request(system.url);
const send = (method: 'get' | 'post' | 'patch' | 'delete', path: string) => request(system.url)[method](path);

let orgs = 0;
function freshOrg(): string {
  return `careful-${++orgs}`;
}

async function register(orgId: string, more: object = {}) {
  return api()
    .post('/api/webhooks')
    .send({ orgId, url: URL, ...more });
}

function errorsOf(answer: { body: { errors?: { pointer: string; code: string }[] } }): string[] {
  return (answer.body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('registering', () => {
  it('answers 201 with the secret, which no later answer has', async () => {
    const orgId = freshOrg();
    const made = await register(orgId, { events: ['appointment.created'], description: 'the till' });
    expect([made.status, made.headers['cache-control']]).toEqual([201, 'no-store']);
    const { secret, ...endpoint } = made.body;
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(endpoint).toEqual({
      id: expect.any(String),
      orgId,
      kind: 'endpoint',
      url: URL,
      events: ['appointment.created'],
      description: 'the till',
      isEnabled: true,
      createdAt: expect.any(String),
    });
    const path = made.headers['location'] ?? '';
    expect(path).toBe(`/api/webhooks/${endpoint.id}?orgId=${orgId}`);
    expect((await api().get(path)).body).toEqual(endpoint);
    expect((await api().get('/api/webhooks').query({ orgId })).body).toEqual([endpoint]);
    const changed = await api().patch(path).send({ events: [], description: '', isEnabled: false });
    expect(changed.body).toEqual({
      ...endpoint,
      events: [],
      description: '',
      isEnabled: false,
      disabledReason: 'by-request',
      disabledAt: expect.any(String),
    });
  });

  it.each<[string, object, string[]]>([
    ['no url', { url: undefined }, ['/url required']],
    ['no URL', { url: 'nowhere' }, ['/url invalid-url']],
    ['a file', { url: 'file:///etc/passwd' }, ['/url invalid-url']],
    ['credentials', { url: 'https://me:secret@93.184.216.34/' }, ['/url invalid-url']],
    ['a long url', { url: `https://93.184.216.34/${'x'.repeat(2_000)}` }, ['/url too-long']],
    ['plain http', { url: 'http://93.184.216.34/' }, ['/url address-refused']],
    ['another port', { url: 'https://93.184.216.34:22/' }, ['/url address-refused']],
    ['loopback in hexadecimal', { url: 'https://0x7f.1/' }, ['/url address-refused']],
    ['localhost', { url: 'https://localhost/' }, ['/url address-refused']],
    ['an IPv4-mapped private address', { url: 'https://[::ffff:10.0.0.1]/' }, ['/url address-refused']],
    ['the cloud’s metadata', { url: 'https://169.254.169.254/latest/meta-data' }, ['/url address-refused']],
    ['a name that leads nowhere', { url: 'https://nowhere.invalid/' }, ['/url address-refused']],
    ['an unknown type', { events: ['appointment.moved'] }, ['/events/0 invalid']],
    ['ping as a type', { events: ['ping'] }, ['/events/0 invalid']],
    ['a type twice', { events: ['request.failed', 'request.failed'] }, ['/events repeated']],
    ['types as text', { events: 'request.failed' }, ['/events wrong-type']],
    ['a long description', { description: 'x'.repeat(201) }, ['/description too-long']],
    ['U+0000', { description: 'a\u0000' }, ['/description not-storable-text']],
    ['an empty org', { orgId: '' }, ['/orgId too-short']],
    ['a secret chosen by the client', { secret: 'whsec_mine' }, ['/secret unknown-field']],
    [
      'everything at once',
      { url: 'https://127.0.0.1/', events: ['x'], description: 7, evil: 1 },
      ['/events/0 invalid', '/description wrong-type', '/evil unknown-field', '/url address-refused'],
    ],
  ])('refuses %s and names the field', async (_what, wrong, errors) => {
    const orgId = freshOrg();
    const answer = await register(orgId, wrong);
    expect([answer.status, errorsOf(answer)]).toEqual([400, errors]);
    expect((await api().get('/api/webhooks').query({ orgId })).body).toEqual([]);
  });

  it('explains in words why an endpoint URL is refused', async () => {
    const answer = await register(freshOrg(), { url: 'https://10.0.0.1/' });
    expect(answer.body.errors).toEqual([
      {
        pointer: '/url',
        code: 'address-refused',
        detail: 'Cannot be posted to: the address is not public.',
      },
    ]);
  });

  it('refuses more endpoints than the limit of an org, until one is deleted', async () => {
    const orgId = freshOrg();
    const answers = await Promise.all(Array.from({ length: 52 }, () => register(orgId)));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ body }) => `${body.status} ${body.type}`)).toEqual(
      Array(2).fill('409 urn:slotline:problem:too-many-endpoints'),
    );
    const [first] = answers.filter(({ status }) => status === 201);
    await api().delete(`/api/webhooks/${first?.body.id}`).query({ orgId });
    expect((await register(orgId)).status).toBe(201);
    expect((await register(freshOrg())).status).toBe(201);
  });
});

describe('changing', () => {
  it.each<[object, string[]]>([
    [{}, [' nothing-to-change']],
    [{ url: 'https://127.0.0.1/' }, ['/url address-refused']],
    [{ url: null }, ['/url wrong-type']],
    [{ isEnabled: 'yes' }, ['/isEnabled wrong-type']],
    [{ orgId: 'other' }, ['/orgId unknown-field']],
    [{ events: ['x'], secret: 'mine' }, ['/events/0 invalid', '/secret unknown-field']],
  ])('refuses %j and changes nothing', async (change, errors) => {
    const orgId = freshOrg();
    const { secret: _shown, ...made } = (await register(orgId)).body;
    const path = `/api/webhooks/${made.id}?orgId=${orgId}`;
    const answer = await api().patch(path).send(change);
    expect([answer.status, errorsOf(answer)]).toEqual([400, errors]);
    expect((await api().get(path)).body).toEqual(made);
  });
});

const ACTIONS: readonly ['get' | 'post' | 'patch' | 'delete', string][] = [
  ['get', ''],
  ['patch', ''],
  ['delete', ''],
  ['post', '/rotate-secret'],
  ['post', '/ping'],
  ['post', `/recover?since=${new Date(Date.now() - 1_000).toISOString()}`],
  ['get', '/deliveries'],
  ['get', '/deliveries/ID'],
  ['post', '/deliveries/ID/redeliver'],
];

describe('an endpoint of another org', () => {
  it.each(ACTIONS)('is answered like an unknown endpoint: %s %s', async (method, rest) => {
    const [owner, other] = [freshOrg(), freshOrg()];
    const { id } = (await register(owner)).body;
    const ping = (await api().post(`/api/webhooks/${id}/ping`).query({ orgId: owner })).body.id;
    await register(other);
    const ask = async (name: string) => {
      const path = `/api/webhooks/${name}${rest.replace('ID', ping)}`;
      const answer = await send(method, path)
        .query({ orgId: other })
        .send(method === 'patch' ? { description: 'mine now' } : undefined);
      const { instance: _trace, ...problem } = answer.body;
      return { status: answer.status, problem };
    };
    const strangers = await ask(id);
    expect(strangers.status).toBe(404);
    for (const name of [SOMEBODY, 'nobody', id.toUpperCase(), '%00', `${id}x`]) {
      expect(await ask(name)).toEqual(strangers);
    }
    const untouched = await api().get(`/api/webhooks/${id}`).query({ orgId: owner });
    expect(untouched.body).toMatchObject({ description: '', isEnabled: true });
  });
});

describe('the endpoint for callbacks', () => {
  it.each(ACTIONS.slice(1, 3).concat(ACTIONS.slice(4, 6)))(
    'cannot be changed, deleted, pinged or recovered: %s %s',
    async (method, rest) => {
      const answer = await send(method, `/api/webhooks/callbacks${rest}`)
        .query({ orgId: freshOrg() })
        .send(method === 'patch' ? { description: 'x' } : undefined);
      expect([answer.status, answer.body.type]).toEqual([409, 'urn:slotline:problem:built-in-endpoint']);
    },
  );

  it('does not exist until a callback or a rotation creates it, and is created once', async () => {
    const orgId = freshOrg();
    const path = `/api/webhooks/callbacks?orgId=${orgId}`;
    expect((await api().get(path)).status).toBe(404);
    const secrets = await Promise.all(
      [1, 2].map(() => api().post('/api/webhooks/callbacks/rotate-secret').query({ orgId })),
    );
    expect(new Set(secrets.map(({ body }) => body.secret)).size).toBe(2);
    expect((await api().get('/api/webhooks').query({ orgId })).body).toHaveLength(1);
    expect((await api().get(path)).body).toMatchObject({ id: 'callbacks', kind: 'callbacks', events: [] });
  });
});

describe('a query', () => {
  it.each([
    ['get', '', { orgid: 'x' }, ['/orgid unknown-field']],
    ['get', '/ID/deliveries', { status: 'lost' }, ['/status invalid']],
    ['get', '/ID/deliveries', { limit: '0' }, ['/limit out-of-range']],
    ['get', '/ID/deliveries', { cursor: 'x' }, ['/cursor invalid-cursor']],
    ['post', '/ID/recover', {}, ['/since required']],
    ['post', '/ID/recover', { since: 'yesterday' }, ['/since invalid-timestamp']],
    ['post', '/ID/recover', { since: '2020-01-01 00:00' }, ['/since too-long-ago']],
  ] as const)('of %s %s with %j is refused', async (method, rest, query, errors) => {
    const orgId = freshOrg();
    const { id } = (await register(orgId)).body;
    const answer = await send(method, `/api/webhooks${rest.replace('ID', id)}`).query({ orgId, ...query });
    expect([answer.status, errorsOf(answer)]).toEqual([400, errors]);
  });
});

describe('the callbackUrl of a request', () => {
  const REFUSED = 'https://192.168.0.1/hook';

  it('with a private network address is refused in every kind of request, together with the other errors', async () => {
    const bad = await api()
      .post('/api/appointments')
      .send({ ...BOOKING, callbackUrl: REFUSED, colour: 'red' });
    expect([bad.status, errorsOf(bad)]).toEqual([
      400,
      ['/colour unknown-field', '/callbackUrl address-refused'],
    ]);
    const batch = await api()
      .post('/api/appointments/batch')
      .send([
        { ...BOOKING, orgId: freshOrg() },
        { op: 'cancel', id: '1', callbackUrl: REFUSED },
      ]);
    expect(batch.body[0].status).toBe('queued');
    expect(errorsOf({ body: batch.body[1] })).toEqual(['/1/callbackUrl address-refused']);
    const atomic = await api()
      .post('/api/appointments/batch')
      .query({ atomic: true, callbackUrl: REFUSED })
      .send([BOOKING]);
    expect([atomic.status, errorsOf(atomic)]).toEqual([400, ['/callbackUrl address-refused']]);
    const confirm = await api().post('/api/appointments/42/confirm').send({ callbackUrl: REFUSED });
    expect([confirm.status, errorsOf(confirm)]).toEqual([400, ['/callbackUrl address-refused']]);
  });

  it('may have any public host name, because booking makes no DNS query', async () => {
    const answer = await api()
      .post('/api/appointments')
      .send({ ...BOOKING, orgId: freshOrg(), callbackUrl: 'https://no-such-name.example.com/hook' });
    expect(answer.status).toBe(202);
  });
});

// Webhooks over HTTP from the view of an integrator: register, book, verify each post with the reference library,
// rotate the secret, redeliver, recover.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, startSystem, type ReceivedPost, type Receiver, type System } from '@slotline/testkit';
import { Webhook } from 'standardwebhooks';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

let system: System;
let receiver: Receiver;
/** Paths that answer 410 for now. */
const gone = new Set<string>();
beforeAll(async () => {
  receiver = await startReceiver({ faultOf: ({ path }) => (gone.has(path) ? 'gone' : 'none') });
  system = await startSystem({ environment: { WEBHOOK_ALLOW_PRIVATE: 'true' } });
});
afterAll(async () => {
  await system.close();
  await receiver.close();
});

let orgs = 0;
function freshOrg(): string {
  return `hooked-${++orgs}`;
}

const api = () => request(system.url);

interface Endpoint {
  readonly orgId: string;
  readonly id: string;
  readonly secret: string;
  /** The path of this endpoint alone. */
  readonly path: string;
}

async function register(orgId: string, more: object = {}): Promise<Endpoint> {
  const path = `/${orgId}/${Math.random()}`;
  const answer = await api()
    .post('/api/webhooks')
    .send({ orgId, url: `${receiver.url}${path}`, ...more });
  expect([answer.status, answer.body.errors]).toEqual([201, undefined]);
  return { orgId, id: answer.body.id, secret: answer.body.secret, path };
}

/** Waits until it is decided. */
async function book(orgId: string, more: object = {}) {
  const answer = await api()
    .post('/api/appointments')
    .set('Prefer', 'wait=20')
    .send({ ...BOOKING, orgId, ...more });
  expect(answer.status).toBeLessThan(300);
  return answer.body as { requestId: string };
}

async function arrived(path: string, count: number): Promise<readonly ReceivedPost[]> {
  const posts = await receiver.until((all) => all.filter((post) => post.path === path).length >= count);
  return posts.filter((post) => post.path === path);
}

/** Verifies the signature of the post and returns its event. */
function verify(secret: string, { body, headers }: ReceivedPost) {
  return new Webhook(secret).verify(body, headers) as { type: string; data: Record<string, unknown> };
}

function call(method: 'get' | 'post' | 'patch' | 'delete', { orgId, id }: Endpoint, rest = '') {
  return request(system.url)[method](`/api/webhooks/${id}${rest}`).query({ orgId });
}

async function untilDelivered(endpoint: Endpoint, count: number): Promise<Record<string, unknown>[]> {
  for (;;) {
    const { body } = await call('get', endpoint, '/deliveries').query({ status: 'delivered' });
    if (body.length >= count) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('an endpoint', () => {
  it('receives a booking, signed so that the reference library verifies it, and its log lists the post', async () => {
    const endpoint = await register(freshOrg());
    const { requestId } = await book(endpoint.orgId);
    const posts = await arrived(endpoint.path, 2);
    const told = posts.map((post) => verify(endpoint.secret, post));
    expect(told.map(({ type }) => type).sort()).toEqual(['appointment.created', 'request.completed']);
    for (const { data } of told) {
      expect(data).toMatchObject({
        request: { requestId, status: 'completed', outcome: { kind: 'created', version: 1 } },
        appointment: { id: '42', version: 1, status: 'booked' },
        sequence: 1,
      });
    }
    const [wrong] = posts;
    expect(() => wrong && verify(`whsec_${'A'.repeat(43)}=`, wrong)).toThrow('No matching signature found');

    const delivered = await untilDelivered(endpoint, 2);
    const ids = posts.map(({ headers }) => headers['webhook-id']);
    expect(new Set(delivered.map(({ id }) => id))).toEqual(new Set(ids));
    const [first] = delivered;
    const logged = await call('get', endpoint, `/deliveries/${String(first?.['id'])}`);
    expect(logged.body).toMatchObject({
      status: 'delivered',
      attempts: 1,
      requestId,
      sequence: 1,
      lastStatus: 204,
      attemptsLog: [{ attempt: 1, status: 204 }],
      body: posts.find(({ headers }) => headers['webhook-id'] === first?.['id'])?.body,
    });
  });

  it('receives only the event types that it subscribed to', async () => {
    const orgId = freshOrg();
    const everything = await register(orgId);
    const choosy = await register(orgId, { events: ['appointment.cancelled'] });
    await book(orgId);
    await api()
      .delete('/api/appointments/42')
      .query({ orgId, updatedAt: '2030-09-29 00:00' })
      .set('Prefer', 'wait=20');
    expect(await arrived(everything.path, 4)).toHaveLength(4);
    const posts = await arrived(choosy.path, 1);
    expect(posts.map((post) => verify(choosy.secret, post).type)).toEqual(['appointment.cancelled']);
    expect((await call('get', choosy, '/deliveries')).body).toHaveLength(1);
  });

  it('has two signatures for a day after its secret was rotated, one for each secret', async () => {
    const endpoint = await register(freshOrg());
    const before = Date.now();
    const rotated = await call('post', endpoint, '/rotate-secret');
    expect([rotated.status, rotated.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.secret).not.toBe(endpoint.secret);
    const hours = (Date.parse(rotated.body.previousSecretUntil) - before) / 3_600_000;
    expect(Math.round(hours)).toBe(24);
    await book(endpoint.orgId);
    for (const post of await arrived(endpoint.path, 2)) {
      expect(post.headers['webhook-signature']?.split(' ')).toHaveLength(2);
      expect(verify(endpoint.secret, post)).toEqual(verify(rotated.body.secret, post));
    }
  });

  it('receives a ping, whatever event types it subscribed to', async () => {
    const endpoint = await register(freshOrg(), { events: ['request.failed'] });
    const answer = await call('post', endpoint, '/ping');
    expect([answer.status, answer.body.type, answer.body.status]).toEqual([202, 'ping', 'pending']);
    const [post] = await arrived(endpoint.path, 1);
    expect(post && verify(endpoint.secret, post)).toMatchObject({
      type: 'ping',
      data: { endpointId: endpoint.id },
    });
    expect(post?.headers['webhook-id']).toBe(answer.body.id);
    const [delivery] = await untilDelivered(endpoint, 1);
    expect((await api().get(answer.headers['location'] ?? '')).body).toMatchObject({ ...delivery });
  });

  it('receives a redelivery with the same id and body', async () => {
    const endpoint = await register(freshOrg());
    const { body: ping } = await call('post', endpoint, '/ping');
    await untilDelivered(endpoint, 1);
    const again = await call('post', endpoint, `/deliveries/${ping.id}/redeliver`);
    expect([again.status, again.body.id]).toEqual([202, ping.id]);
    const [first, second] = await arrived(endpoint.path, 2);
    expect([second?.body, second?.headers['webhook-id']]).toEqual([first?.body, ping.id]);
    expect(second && verify(endpoint.secret, second)).toBeDefined();
  });

  it('that answers 410 is shown as disabled, and receives what it missed once enabled and recovered', async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const endpoint = await register(freshOrg(), { events: ['request.completed'] });
    gone.add(endpoint.path);
    const failed = await book(endpoint.orgId);
    await arrived(endpoint.path, 1);
    const state = async () => (await call('get', endpoint)).body as Record<string, unknown>;
    while ((await state())['isEnabled']) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await state()).toMatchObject({ disabledReason: 'gone', disabledAt: expect.any(String) });
    const missed = await book(endpoint.orgId, { updatedAt: '2030-09-29 00:00' });

    for (const action of ['/ping', `/recover?since=${since}`]) {
      const refused = await call('post', endpoint, action);
      expect([refused.status, refused.body.type]).toEqual([409, 'urn:slotline:problem:endpoint-disabled']);
    }
    gone.delete(endpoint.path);
    const enabled = await call('patch', endpoint).send({ isEnabled: true });
    expect([enabled.status, enabled.body.isEnabled, enabled.body.disabledReason]).toEqual([
      200,
      true,
      undefined,
    ]);
    const recovered = await call('post', endpoint, '/recover').query({ since });
    expect([recovered.status, recovered.body]).toEqual([202, { requeued: 1 }]);
    const posts = (await arrived(endpoint.path, 3)).slice(1);
    const requests = posts.map((post) => verify(endpoint.secret, post).data['request']);
    expect(requests.map((told) => (told as { requestId: string }).requestId).sort()).toEqual(
      [failed.requestId, missed.requestId].sort(),
    );
  });

  it('receives nothing after it is deleted', async () => {
    const orgId = freshOrg();
    const [deleted, kept] = [await register(orgId), await register(orgId)];
    expect((await call('delete', deleted)).status).toBe(204);
    for (const answer of [await call('get', deleted), await call('delete', deleted)]) {
      expect(answer.status).toBe(404);
    }
    await book(orgId);
    await untilDelivered(kept, 2);
    expect(receiver.posts.filter(({ path }) => path === deleted.path)).toEqual([]);
  });

  it('has a delivery log in pages, newest first', async () => {
    const endpoint = await register(freshOrg());
    const pings: string[] = [];
    for (let count = 0; count < 5; count += 1) pings.unshift((await call('post', endpoint, '/ping')).body.id);
    const seen: string[] = [];
    let next: string | undefined = `/api/webhooks/${endpoint.id}/deliveries?orgId=${endpoint.orgId}&limit=2`;
    for (; next !== undefined;) {
      const page = await api().get(next);
      seen.push(...page.body.map(({ id }: { id: string }) => id));
      next = /<([^>]+)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1];
    }
    expect(seen).toEqual(pings);
  });
});

describe('a callbackUrl', () => {
  it('is posted to once when its request is decided, signed with the secret that the org learns by rotating', async () => {
    const orgId = freshOrg();
    const rotated = await call('post', { orgId, id: 'callbacks', secret: '', path: '' }, '/rotate-secret');
    expect(rotated.body).toMatchObject({ id: 'callbacks', kind: 'callbacks', isEnabled: true });
    const endpoint = { orgId, id: 'callbacks', secret: rotated.body.secret, path: `/callback/${orgId}` };
    const { requestId } = await book(orgId, { callbackUrl: `${receiver.url}${endpoint.path}` });
    const [post] = await arrived(endpoint.path, 1);
    expect(post && verify(endpoint.secret, post)).toMatchObject({
      type: 'request.completed',
      data: { request: { requestId, outcome: { kind: 'created' } } },
    });
    const [delivery] = await untilDelivered(endpoint, 1);
    expect(delivery).toMatchObject({
      endpointId: 'callbacks',
      requestId,
      url: `${receiver.url}${endpoint.path}`,
    });
    expect((await api().get('/api/webhooks').query({ orgId })).body).toMatchObject([{ id: 'callbacks' }]);

    const again = await call('post', endpoint, `/deliveries/${String(delivery?.['id'])}/redeliver`);
    expect(again.status).toBe(202);
    expect(await arrived(endpoint.path, 2)).toMatchObject([{ body: post?.body }, { body: post?.body }]);
  });
});

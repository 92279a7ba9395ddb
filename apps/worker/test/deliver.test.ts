// Which events each receiver gets, and how they are signed: the whole path from a committed decision to a
// receiver.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callbacksEndpointIdOf, rotateSecret } from '@slotline/db';
import { newSecret, openSecret, sealSecret } from '@slotline/webhook';
import { DeliverStage, isAll, verify } from './deliver-stage.ts';

let stage: DeliverStage;
beforeAll(async () => {
  stage = await DeliverStage.open();
  await stage.deliverer();
});
afterAll(() => stage.close());

describe('an endpoint', () => {
  it('gets an event for every decision of its org, signed with its secret', async () => {
    const receiver = await stage.receiver();
    const { secret } = await stage.endpoint('everything', receiver.url);
    const [requestId] = await stage.book('everything');
    const posts = await receiver.until(({ length }) => length >= 2);
    const told = posts.map((post) => verify(secret, post));
    expect(told.map(({ type }) => type).sort()).toEqual(['appointment.created', 'request.completed']);
    for (const { data } of told) {
      expect(data).toMatchObject({ request: { requestId }, appointment: { requestId }, sequence: 1 });
    }
    const deliveries = await stage.untilDeliveries('everything', isAll('delivered', 2));
    const ids = new Set(posts.map(({ headers }) => headers['webhook-id']));
    expect(ids).toEqual(new Set(deliveries.map(({ deliveryId }) => `msg_${deliveryId.replaceAll('-', '')}`)));
    expect(posts.every(({ headers }) => headers['content-type'] === 'application/json')).toBe(true);
  });

  it('gets only the events that it subscribed to, and none of another org', async () => {
    const receiver = await stage.receiver();
    await stage.endpoint('picky', `${receiver.url}/picky`, ['appointment.cancelled']);
    await stage.endpoint('deaf', `${receiver.url}/deaf`, ['appointment.created']);
    await stage.book('picky', 3);
    await stage.book('deaf', 1);
    const posts = await receiver.until(({ length }) => length >= 1);
    expect(posts.map(({ path }) => path)).toEqual(['/deaf']);
    expect(await stage.deliveries('picky')).toEqual([]);
  });

  it('gets only decisions made after it was registered', async () => {
    const receiver = await stage.receiver();
    await stage.book('late', 2);
    await stage.endpoint('late', receiver.url, ['request.completed']);
    const [requestId] = await stage.book('late');
    const [post] = await receiver.until(({ length }) => length >= 1);
    expect(JSON.parse(post?.body ?? '')).toMatchObject({ data: { request: { requestId } } });
    expect((await stage.deliveries('late')).length).toBe(1);
  });

  it('can verify two signatures while its secret is rotated', async () => {
    const receiver = await stage.receiver();
    const { secret, ...name } = await stage.endpoint('rotating', receiver.url, ['request.completed']);
    const next = newSecret();
    const previousUntil = (Date.now() + 86_400_000) as never;
    await rotateSecret(stage.db, { ...name, sealedSecret: sealSecret(next, undefined), previousUntil });
    await stage.book('rotating');
    const [post] = await receiver.until(({ length }) => length >= 1);
    if (post === undefined) throw new Error('nothing came');
    expect(post.headers['webhook-signature']?.split(' ').length).toBe(2);
    expect(verify(secret, post)).toEqual(verify(next, post));
    expect(() => verify(newSecret(), post)).toThrow('No matching signature');
  });
});

describe('a callback', () => {
  it('gets one post about its request, signed with the secret of its org', async () => {
    const receiver = await stage.receiver();
    const [requestId] = await stage.book('calling', 1, { callbackUrl: `${receiver.url}/back` });
    await stage.book('calling', 1);
    const [post] = await receiver.until(({ length }) => length >= 1);
    if (post === undefined) throw new Error('nothing came');
    const deliveries = await stage.untilDeliveries('calling', isAll('delivered', 1));
    expect(deliveries[0]?.endpointId).toBe(callbacksEndpointIdOf('calling'));
    const [{ sealed } = { sealed: '' }] = await stage.query<{ sealed: string }>(
      'select sealed_secret as sealed from endpoints where endpoint_id = $1',
      [callbacksEndpointIdOf('calling')],
    );
    expect(verify(openSecret(sealed, undefined), post)).toMatchObject({
      type: 'request.completed',
      data: { request: { requestId, outcome: { kind: 'created' } }, sequence: 1 },
    });
    expect(receiver.posts.length).toBe(1);
  });
});

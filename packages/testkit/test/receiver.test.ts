// The failing receiver does what its faults say, and keeps every post that it answered.

import path from 'node:path';
import { expect, test } from '@jest/globals';
import {
  chooseFaults,
  isDelivered,
  makeTestFolder,
  RECEIVER_FAULTS,
  startReceiver,
  startReceiverProcess,
  type ReceiverFault,
} from '@slotline/testkit';

function post(url: string, fault: string): Promise<Response> {
  return fetch(`${url}/${fault}`, {
    method: 'POST',
    body: `post of ${fault}`,
    headers: { 'webhook-id': fault },
    redirect: 'manual',
  });
}

const ofPath = ({ path }: { path: string }) => path.slice(1) as ReceiverFault;

test('every fault is what its name says', async () => {
  const receiver = await startReceiver({ faultOf: ofPath, delayMs: 1, retryAfterSeconds: 7 });
  const statuses = { none: 204, delay: 204, error: 500, throttle: 429, gone: 410, redirect: 302 };
  for (const [fault, status] of Object.entries(statuses)) {
    const answer = await post(receiver.url, fault);
    expect([fault, answer.status]).toEqual([fault, status]);
    expect(answer.headers.get('retry-after')).toBe(fault === 'throttle' ? '7' : null);
    expect(isDelivered(fault as ReceiverFault)).toBe(status === 204);
  }
  await expect(post(receiver.url, 'drop')).rejects.toThrow('fetch failed');
  const cut = await post(receiver.url, 'cut');
  expect(cut.status).toBe(200);
  await expect(cut.text()).rejects.toThrow('terminated');
  await receiver.close();
});

test('a post that hangs is noted, and ends when the receiver closes', async () => {
  const receiver = await startReceiver({ faultOf: ofPath });
  const hanging = post(receiver.url, 'hang');
  const [noted] = await receiver.until((posts) => posts.length === 1);
  expect(noted).toMatchObject({ path: '/hang', fault: 'hang', body: 'post of hang' });
  expect(noted?.headers['webhook-id']).toBe('hang');
  await Promise.all([receiver.close(), expect(hanging).rejects.toThrow('fetch failed')]);
});

test('the same seed chooses the same faults, each about as often as its share says', () => {
  const draw = (seed: number) => {
    const next = chooseFaults({ none: 3, drop: 1 }, seed);
    return Array.from({ length: 1_000 }, next);
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const drops = draw(7).filter((fault) => fault === 'drop').length;
  expect(drops).toBeGreaterThan(150);
  expect(drops).toBeLessThan(350);
  expect(new Set(draw(7))).toEqual(new Set(['none', 'drop']));
  expect(RECEIVER_FAULTS).toContain(chooseFaults({}, 1)());
});

test('a killed receiver has noted what it answered, and comes back on its port', async () => {
  const file = path.join(makeTestFolder('receiver'), 'posts.ndjson');
  const receiver = await startReceiverProcess({ file, seed: 1, shares: { none: 1 } });
  await post(receiver.url, 'first');
  await receiver.kill();
  expect(receiver.readPosts().map(({ path }) => path)).toEqual(['/first']);
  await expect(post(receiver.url, 'nobody')).rejects.toThrow('fetch failed');
  await receiver.revive();
  await post(receiver.url, 'second');
  expect(receiver.readPosts().map(({ path }) => path)).toEqual(['/first', '/second']);
  await receiver.stop();
});

// Ends: of a post by its signal, of all by closing. Nothing is left of them, in this process or at the receiver.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { openPoster } from '../src/index.ts';
import { answering, hanging, OK, openReceiver, until, type Behaviour, type Receiver } from './receivers.ts';

const STOPPED = { kind: 'failed', reason: 'connection', detail: 'stopped' };
const PRIVATE = { allowPrivate: true, ports: [] };

let receiver: Receiver;

async function listen(behaviour: Behaviour): Promise<void> {
  receiver = await openReceiver(behaviour);
}

/** What keeps this process from ending. */
function resources(): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counted[name] = (counted[name] ?? 0) + 1;
  return counted;
}

beforeEach(() => listen(hanging));

afterEach(() => receiver.close());

describe('closing', () => {
  test('ends 100 posts to a receiver that hangs, and leaves no socket and no timer', async () => {
    const before = resources();
    const poster = openPoster({ policy: PRIVATE });
    const posts = Array.from({ length: 100 }, () =>
      poster.post({ url: receiver.origin, headers: {}, body: '{}' }),
    );
    await until(() => receiver.open() === 100);
    await poster.close();
    expect(await Promise.all(posts)).toEqual(posts.map(() => expect.objectContaining(STOPPED)));
    await until(() => receiver.open() === 0);
    const after = resources();
    expect(after['TCPSocketWrap'] ?? 0).toBe(before['TCPSocketWrap'] ?? 0);
    expect(after['TCPConnectWrap'] ?? 0).toBe(before['TCPConnectWrap'] ?? 0);
    expect(after['Timeout'] ?? 0).toBe(before['Timeout'] ?? 0);
  });

  test('ends posts that still look up their names', async () => {
    const poster = openPoster({
      policy: PRIVATE,
      resolver: {
        resolve4: () => new Promise(() => undefined),
        resolve6: () => new Promise(() => undefined),
      },
    });
    const posting = poster.post({ url: 'http://hooks.example.com/', headers: {}, body: '{}' });
    await poster.close();
    expect(await posting).toMatchObject(STOPPED);
  });

  test('ends posts in the TLS handshake', async () => {
    const poster = openPoster({ policy: PRIVATE });
    const url = receiver.origin.replace('http:', 'https:');
    const posting = poster.post({ url, headers: {}, body: '{}' });
    await until(() => receiver.received() !== '');
    await poster.close();
    expect(await posting).toMatchObject(STOPPED);
    await until(() => receiver.open() === 0);
  });

  test('fails what comes later, and may be repeated', async () => {
    const poster = openPoster({ policy: PRIVATE });
    await poster.close();
    await poster.close();
    expect(await poster.post({ url: receiver.origin, headers: {}, body: '{}' })).toMatchObject(STOPPED);
    expect(receiver.accepted()).toBe(0);
  });
});

describe('a signal', () => {
  test('ends its post at once and no other', async () => {
    const poster = openPoster({ policy: PRIVATE });
    const stop = new AbortController();
    const post = { url: receiver.origin, headers: {}, body: '{}' };
    const [stopped, other] = [poster.post({ ...post, signal: stop.signal }), poster.post(post)];
    await until(() => receiver.open() === 2);
    stop.abort();
    expect(await stopped).toMatchObject(STOPPED);
    await until(() => receiver.open() === 1);
    await poster.close();
    expect(await other).toMatchObject(STOPPED);
  });

  test('that has fallen already opens no connection', async () => {
    const poster = openPoster({ policy: PRIVATE });
    const post = { url: receiver.origin, headers: {}, body: '{}', signal: AbortSignal.abort() };
    expect(await poster.post(post)).toMatchObject(STOPPED);
    expect(receiver.accepted()).toBe(0);
    await poster.close();
  });

  test('is let go of after every post', async () => {
    await receiver.close();
    await listen(answering(OK));
    const poster = openPoster({ policy: PRIVATE });
    const { signal } = new AbortController();
    for (let round = 0; round < 20; round += 1) {
      expect(await poster.post({ url: receiver.origin, headers: {}, body: '{}', signal })).toMatchObject({
        status: 200,
      });
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await poster.close();
  });
});

// Certificates: the receiver has to be the host of the URL, by name or by address, and nothing turns that off.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { openPoster, type Answer, type Poster } from '../src/index.ts';
import { createCertificate, type Certificate } from './certificates.ts';
import { answering, hanging, OK, openReceiver, type Receiver } from './receivers.ts';

const authorities = getCACertificates('default');
const receivers: Receiver[] = [];
let trusted: Certificate;
let ofAnotherHost: Certificate;
let untrusted: Certificate;
let poster: Poster;

beforeAll(() => {
  trusted = createCertificate(['127.0.0.1', 'hooks.example.com']);
  ofAnotherHost = createCertificate(['192.0.2.1', 'other.example.com']);
  untrusted = createCertificate(['127.0.0.1']);
  setDefaultCACertificates([trusted.cert, ofAnotherHost.cert]);
  poster = openPoster({
    policy: { allowPrivate: true, ports: [] },
    timeoutMs: 15_000,
    resolver: { resolve4: async () => ['127.0.0.1'], resolve6: async () => [] },
  });
});

afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

afterAll(async () => {
  await poster.close();
  setDefaultCACertificates(authorities);
});

async function postTo(certificate: Certificate, host = '127.0.0.1'): Promise<Answer & { received: string }> {
  const receiver = await openReceiver(answering(OK), { certificate });
  receivers.push(receiver);
  const answer = await poster.post({ url: `https://${host}:${receiver.port}/`, headers: {}, body: '{}' });
  return { ...answer, received: receiver.received() };
}

describe('TLS', () => {
  test('a certificate for the name, or for the address, of the URL is accepted', async () => {
    expect(await postTo(trusted, 'hooks.example.com')).toMatchObject({ status: 200, body: 'ok' });
    expect(await postTo(trusted, '127.0.0.1')).toMatchObject({ status: 200, body: 'ok' });
  });

  test.each(['hooks.example.com', '127.0.0.1'])('one for another host is refused for %s', async (host) => {
    expect(await postTo(ofAnotherHost, host)).toMatchObject({
      reason: 'tls',
      detail: 'the TLS handshake failed (ERR_TLS_CERT_ALTNAME_INVALID)',
      received: '',
    });
  });

  test('one of an unknown authority is refused, before a byte is sent', async () => {
    expect(await postTo(untrusted)).toMatchObject({
      reason: 'tls',
      detail: 'the TLS handshake failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
      received: '',
    });
  });

  test('a receiver without TLS is refused', async () => {
    const receiver = await openReceiver(answering(OK));
    receivers.push(receiver);
    const url = `https://127.0.0.1:${receiver.port}/`;
    expect(await poster.post({ url, headers: {}, body: '{}' })).toMatchObject({
      kind: 'failed',
      reason: 'tls',
    });
  });

  test('one that breaks off in the handshake is refused', async () => {
    const receiver = await openReceiver((socket) => void socket.once('data', () => socket.destroy()));
    receivers.push(receiver);
    const url = `https://127.0.0.1:${receiver.port}/`;
    expect(await poster.post({ url, headers: {}, body: '{}' })).toMatchObject({
      kind: 'failed',
      reason: 'tls',
    });
  });

  test('the deadline covers the handshake', async () => {
    const receiver = await openReceiver(hanging);
    receivers.push(receiver);
    const hurried = openPoster({ policy: { allowPrivate: true, ports: [] }, timeoutMs: 1_000 });
    const url = `https://127.0.0.1:${receiver.port}/`;
    expect(await hurried.post({ url, headers: {}, body: '{}' })).toMatchObject({
      reason: 'timeout',
      detail: 'not done after 1 s: in the TLS handshake',
    });
    await hurried.close();
  });
});

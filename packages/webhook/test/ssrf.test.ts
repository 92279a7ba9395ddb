// The list of docs/decisions/0014-safe-posting.md, entry by entry: what a hostile owner of an endpoint tries in order
// to reach what only we can reach. Nothing here leaves loopback; where a public address is dialled, the test answers.

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pbkdf2 } from 'node:crypto';
import { connect } from 'node:net';
import { setDefaultCACertificates, getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { openPoster, refuseHost, type Answer, type Poster } from '../src/index.ts';
import { dial } from '../src/dial.ts';
import { openHostResolver } from '../src/resolve-host.ts';
import { createCertificate } from './certificates.ts';
import { openNameServer, type NameServer, type Zone } from './name-server.ts';
import {
  answering,
  flooding,
  hanging,
  OK,
  openReceiver,
  until,
  type Behaviour,
  type Receiver,
} from './receivers.ts';

const PUBLIC_ADDRESS = '93.184.215.14';
const closers: (() => Promise<void>)[] = [];

async function receiver(behaviour: Behaviour = answering(OK), options = {}): Promise<Receiver> {
  const opened = await openReceiver(behaviour, options);
  closers.unshift(opened.close);
  return opened;
}

async function names(zone: Zone): Promise<NameServer> {
  const opened = await openNameServer(zone);
  closers.push(opened.close);
  return opened;
}

/** A poster that queries the given name server; strict except for the ports of the tests. */
function poster({
  server,
  isPrivate = false,
  ports = [443],
  ...rest
}: {
  server?: NameServer;
  isPrivate?: boolean;
  ports?: readonly number[];
  timeoutMs?: number;
}): Poster {
  const opened = openPoster({
    policy: { allowPrivate: isPrivate, ports },
    resolver: openHostResolver(server === undefined ? {} : { servers: [server.address] }),
    ...rest,
  });
  closers.unshift(opened.close);
  return opened;
}

const post = (by: Poster, url: string): Promise<Answer> => by.post({ url, headers: {}, body: '{}' });

const refused = { kind: 'failed', reason: 'refused-address' };

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('(1) https only, allowed ports only, no credentials, no fragment', () => {
  test('a post to anything else opens no connection', async () => {
    const inside = await receiver();
    const by = poster({ ports: [443] });
    for (const url of [
      inside.origin,
      `https://127.0.0.1:${inside.port}/`,
      `https://hooks.example.com:${inside.port}/`,
      'https://user:password@hooks.example.com/',
      'https://hooks.example.com/#fragment',
      'ftp://hooks.example.com/',
      'nothing of the kind',
    ]) {
      expect(await post(by, url)).toMatchObject(refused);
    }
    expect(inside.accepted()).toBe(0);
  });
});

describe('(2) checked at registration and again at the connection', () => {
  test('a name that turns to loopback after its registration is refused', async () => {
    const inside = await receiver();
    const policy = { allowPrivate: false, ports: [inside.port] };
    const server = await names(({ kind, asked }) =>
      kind === 'AAAA' ? [] : [asked === 1 ? PUBLIC_ADDRESS : '127.0.0.1'],
    );
    const url = `https://hooks.example.com:${inside.port}/`;
    const resolver = openHostResolver({ servers: [server.address] });
    expect(await refuseHost(url, policy, { resolver })).toBeUndefined();
    expect(await post(poster({ server, ports: policy.ports }), url)).toMatchObject(refused);
    expect(await refuseHost(url, policy, { resolver })).toEqual({
      detail: 'the name of the host must lead to public addresses, and to no others',
      cause: 'the name has an address that is not public',
    });
    expect(inside.accepted()).toBe(0);
  });

  test.each([
    ['loopback beside a public one', [PUBLIC_ADDRESS, '127.0.0.1'], []],
    ['loopback in the other family', [PUBLIC_ADDRESS], ['::1']],
    ['a private one alone', ['10.0.0.1'], []],
    ['more addresses than the limit', Array.from({ length: 65 }, (_, at) => `93.184.0.${at}`), []],
  ])('one answer that is not public refuses the name: %s', async (_, four, six) => {
    const server = await names(({ kind }) => (kind === 'A' ? four : six));
    expect(await post(poster({ server }), 'https://hooks.example.com/')).toMatchObject(refused);
    const resolver = openHostResolver({ servers: [server.address] });
    const policy = { allowPrivate: false, ports: [443] };
    const refusal = await refuseHost('https://hooks.example.com/', policy, { resolver });
    expect(refusal?.cause).toMatch(/^the name has /);
  });

  test('registering does not say whether a name is unknown, leads inside or has no name server', async () => {
    const zones: Record<string, readonly string[] | undefined> = {
      'unknown.example.com': [],
      'inside.example.com': ['10.0.0.1'],
      'silent.example.com': undefined,
    };
    const server = await names(({ name }) => zones[name]);
    const resolver = openHostResolver({ servers: [server.address] });
    const policy = { allowPrivate: false, ports: [443] };
    const refusals = await Promise.all(
      Object.keys(zones).map(async (name) => {
        const startedAt = performance.now();
        const refusal = await refuseHost(`https://${name}/`, policy, { resolver });
        return { detail: refusal?.detail, tookMs: performance.now() - startedAt };
      }),
    );
    expect(new Set(refusals.map(({ detail }) => detail)).size).toBe(1);
    const times = refusals.map(({ tookMs }) => tookMs);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(500);
    resolver.cancel?.();
  });

  test('the address that was checked is the one that is dialled, after one look-up', async () => {
    const inside = await receiver();
    const server = await names(({ kind, asked }) =>
      kind === 'AAAA' ? [] : [asked === 1 ? PUBLIC_ADDRESS : '127.0.0.1'],
    );
    const dialled: string[] = [];
    const dialling = dial(new URL(`https://hooks.example.com:${inside.port}/`), {
      policy: { allowPrivate: false, ports: [inside.port] },
      resolver: openHostResolver({ servers: [server.address] }),
      signal: new AbortController().signal,
      onStage: () => undefined,
      connectTo: ({ host, port }) => {
        dialled.push(host);
        // Where a route, a proxy or a translator would lead it.
        return connect({ host: '127.0.0.1', port });
      },
    });
    await expect(dialling).rejects.toMatchObject({ reason: 'refused-address' });
    expect(dialled).toEqual([PUBLIC_ADDRESS]);
    expect(server.questions).toEqual(['A hooks.example.com', 'AAAA hooks.example.com']);
    expect(inside.received()).toBe('');
    await until(() => inside.accepted() === 1 && inside.open() === 0);
  });

  test('the receiver sees the host of the URL, in SNI and in the request', async () => {
    const authorities = getCACertificates('default');
    const certificate = createCertificate(['hooks.example.com']);
    setDefaultCACertificates([certificate.cert]);
    try {
      const outside = await receiver(answering(OK), { certificate });
      const server = await names(({ kind }) => (kind === 'A' ? ['127.0.0.1'] : []));
      const url = `https://hooks.example.com:${outside.port}/a?b=c`;
      expect(await post(poster({ server, isPrivate: true }), url)).toMatchObject({ status: 200, body: 'ok' });
      expect(outside.serverNames).toEqual(['hooks.example.com']);
      expect(outside.received()).toContain(`host: hooks.example.com:${outside.port}\r\n`);
      expect(outside.received()).toContain('POST /a?b=c HTTP/1.1\r\n');
    } finally {
      setDefaultCACertificates(authorities);
    }
  });

  test('no refusal and no failure names an address that only we can see', async () => {
    const server = await names(({ kind }) => (kind === 'A' ? ['10.11.12.13'] : []));
    const answer = await post(poster({ server }), 'https://hooks.example.com/');
    expect(JSON.stringify(answer)).not.toContain('10.11.12.13');
    const unreachable = await post(poster({ isPrivate: true }), 'http://127.0.0.1:1/');
    expect(unreachable).toMatchObject({ kind: 'failed', reason: 'connection' });
    expect(JSON.stringify(unreachable)).not.toContain('127.0.0.1');
  });
});

describe('(3) addresses in the URL, of which no look-up is made', () => {
  const SPELLINGS = [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '0x7f000001',
    '127。0。0。1',
  ];

  test('every spelling of loopback is refused', async () => {
    const inside = await receiver();
    const server = await names(() => [PUBLIC_ADDRESS]);
    const by = poster({ server, ports: [inside.port] });
    const strict = { allowPrivate: false, ports: [inside.port] };
    const [signal, resolver] = [new AbortController().signal, openHostResolver()];
    const onStage = (): void => undefined;
    for (const host of [...SPELLINGS, '[::1]', '[::ffff:7f00:1]', '[::ffff:127.0.0.1]', '[::127.0.0.1]']) {
      const url = `https://${host}:${inside.port}/`;
      expect(await post(by, url)).toMatchObject(refused);
      // The connection refuses it too, even if the URL check let it pass.
      const dialling = dial(new URL(url), { policy: strict, resolver, signal, onStage });
      await expect(dialling).rejects.toMatchObject({ reason: 'refused-address' });
    }
    expect(inside.accepted()).toBe(0);
    expect(server.questions).toEqual([]);
  });

  test('every spelling is dialled as what it is where private addresses are allowed', async () => {
    const inside = await receiver();
    const server = await names(() => [PUBLIC_ADDRESS]);
    const by = poster({ server, isPrivate: true });
    for (const host of SPELLINGS) {
      expect(await post(by, `http://${host}:${inside.port}/`)).toMatchObject({ status: 200 });
    }
    expect(inside.accepted()).toBe(SPELLINGS.length);
    expect(server.questions).toEqual([]);
  });
});

describe('(4) names that lead to addresses which carry others, or are not assigned', () => {
  test.each([
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fe80::1',
    'fc00::1',
    'fec0::1',
    'ff02::1',
    '::',
    '100.64.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.0.1',
    '198.18.0.1',
    '203.0.113.1',
  ])('%s is refused', async (address) => {
    const isFour = !address.includes(':');
    const server = await names(({ kind }) => ((kind === 'A') === isFour ? [address] : []));
    expect(await post(poster({ server }), 'https://hooks.example.com/')).toMatchObject(refused);
  });
});

describe('(5) no redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i is an answer, and its target is not visited', async (status) => {
    const inside = await receiver();
    const outside = await receiver(
      answering(`HTTP/1.1 ${status} Moved\r\nlocation: ${inside.origin}/\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await post(poster({ isPrivate: true }), outside.origin)).toMatchObject({
      kind: 'answered',
      status,
    });
    expect(inside.accepted()).toBe(0);
  });
});

describe('(6) one deadline, a bounded answer, a separate connection', () => {
  test('the deadline covers the DNS', async () => {
    const server = await names(() => undefined);
    const by = poster({ server, timeoutMs: 100 });
    expect(await post(by, 'https://hooks.example.com/')).toMatchObject({
      kind: 'failed',
      reason: 'dns',
      detail: 'the name was not looked up within 0.1 s',
    });
  });

  test('a body without end is cut off and its connection destroyed', async () => {
    const outside = await receiver(flooding('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(10_000)));
    expect(await post(poster({ isPrivate: true }), outside.origin)).toMatchObject({
      status: 200,
      body: 'x'.repeat(1_000),
    });
    await until(() => outside.open() === 0);
  });

  test('a compressed body is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;
    const outside = await receiver(answering(Buffer.concat([Buffer.from(head), bomb])));
    const answer = await post(poster({ isPrivate: true }), outside.origin);
    expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(/^\uFFFD/) });
    expect(outside.received()).toContain('accept-encoding: identity\r\n');
  });

  test('every post opens a connection, checks it and closes it, whatever the receiver offers', async () => {
    const outside = await receiver((socket) => {
      socket.on('data', () => socket.write(OK.replace('\r\n\r\n', '\r\nconnection: keep-alive\r\n\r\n')));
    });
    const server = await names(({ kind, asked }) =>
      kind === 'A' && asked < 3 ? ['127.0.0.1'] : kind === 'A' ? ['127.0.0.2'] : [],
    );
    const by = poster({ server, isPrivate: true });
    const url = `http://hooks.example.com:${outside.port}/`;
    for (const round of [1, 2]) {
      expect(await post(by, url)).toMatchObject({ status: 200 });
      expect(outside.accepted()).toBe(round);
      await until(() => outside.open() === 0);
    }
    expect(server.questions).toHaveLength(4);
    // The name now leads to a closed port: no earlier connection is left to reuse.
    expect(await post(by, url)).toMatchObject({ kind: 'failed', reason: 'connection' });
    expect(outside.accepted()).toBe(2);
  });
});

describe('(7) hostile name servers', () => {
  test('names that no server answers for hold up neither cryptography nor files', async () => {
    const server = await names(() => undefined);
    const by = poster({ server });
    const settled = jest.fn();
    const posts = Array.from({ length: 50 }, (_, at) =>
      post(by, `https://hooks-${at}.example.com/`).finally(settled),
    );
    await until(() => new Set(server.questions).size === 100);
    // Four threads serve these; with `dns.lookup` each of the fifty names would hold one of them.
    await Promise.all(Array.from({ length: 8 }, () => promisify(pbkdf2)('a', 'b', 1, 32, 'sha256')));
    expect(settled).not.toHaveBeenCalled();
    await by.close();
    expect(await Promise.all(posts)).toEqual(posts.map(() => expect.objectContaining({ kind: 'failed' })));
  });
});

describe('(8) a name that alternates between a public address and loopback', () => {
  let inside: Receiver;
  let server: NameServer;
  beforeEach(async () => {
    inside = await receiver(hanging);
    server = await names(({ kind, asked }) =>
      kind === 'AAAA' ? [] : [asked % 2 === 1 ? PUBLIC_ADDRESS : '127.0.0.1'],
    );
  });

  test('never leads to loopback, at whatever turn it is posted to', async () => {
    const dialled: string[] = [];
    const resolver = openHostResolver({ servers: [server.address] });
    for (let turn = 0; turn < 20; turn += 1) {
      const dialling = dial(new URL(`https://hooks.example.com:${inside.port}/`), {
        policy: { allowPrivate: false, ports: [inside.port] },
        resolver,
        signal: new AbortController().signal,
        onStage: () => undefined,
        connectTo: ({ host, port }) => {
          dialled.push(host);
          return connect({ host: '127.0.0.1', port });
        },
      });
      await expect(dialling).rejects.toMatchObject({ reason: 'refused-address' });
    }
    expect(dialled).toEqual(Array.from({ length: 10 }, () => PUBLIC_ADDRESS));
    expect(inside.received()).toBe('');
  });

  test('leads there with the policy of tests only', async () => {
    const url = `https://hooks.example.com:${inside.port}/`;
    await openHostResolver({ servers: [server.address] }).resolve4('hooks.example.com');
    const strict = poster({ server, ports: [inside.port] });
    expect(await post(strict, url)).toMatchObject(refused);
    expect(inside.accepted()).toBe(0);
    await openHostResolver({ servers: [server.address] }).resolve4('hooks.example.com');
    const lenient = poster({ server, isPrivate: true, timeoutMs: 1_000 });
    expect(await post(lenient, url)).toMatchObject({ kind: 'failed', reason: 'timeout' });
    expect(inside.accepted()).toBe(1);
  });
});

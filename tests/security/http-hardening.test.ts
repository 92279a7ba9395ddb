// Security headers of every answer, trusted origins, and the requests that the server refuses before the app.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApiDocument } from '@slotline/contract';
import { startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from '../system/a-booking.ts';
import { openConnection, statusesIn } from './raw-http.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
});

const ON_ANSWERS = {
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

describe('headers', () => {
  it.each<[string, string, number]>([
    ['an answer', '/api/appointments', 200],
    ['a refusal of a field', '/api/appointments?limit=0', 400],
    ['a refusal of an address', '/api/nowhere', 404],
    ['a path that cannot be decoded', '/api/appointments/%ff', 400],
    ['health', '/healthz', 200],
  ])('of %s keep it from being framed, sniffed or stored', async (_what, path, status) => {
    const answer = await request(system.url).get(path);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(ON_ANSWERS);
  });

  it('of the admin port are the same, a wrong method included', async () => {
    const metrics = await request(system.adminUrl).get('/metrics');
    const refused = await request(system.adminUrl).put('/metrics');
    expect([metrics.status, refused.status, refused.headers['allow']]).toEqual([200, 405, 'GET, HEAD']);
    for (const { headers } of [metrics, refused]) expect(headers).toMatchObject(ON_ANSWERS);
  });

  it('never name the server software, and set no cookie', async () => {
    for (const path of ['/api/appointments', '/api/nowhere', '/api/docs', '/healthz']) {
      const { headers } = await request(system.url).get(path);
      expect([path, headers['x-powered-by'], headers['server'], headers['set-cookie']]).toEqual([
        path,
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it('let a private cache keep an answer with an ETag, and revalidate it', async () => {
    await request(system.url).post('/api/appointments').set('Prefer', 'wait=20').send(BOOKING);
    const found = await request(system.url).get('/api/appointments/42');
    expect(found.headers['cache-control']).toBe('private, no-cache');
    const tag = found.headers['etag'] ?? '';
    const same = await request(system.url).get('/api/appointments/42').set('If-None-Match', tag);
    expect([same.status, same.text]).toEqual([304, '']);
  });
});

describe('the page of the contract', () => {
  it('may load only its own files and icons, and call only its own server', async () => {
    const { headers, text } = await request(system.url).get('/api/docs');
    const policy = new Map(
      (headers['content-security-policy'] ?? '').split(';').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(headers['x-frame-options']).toBe('DENY');
    // The page must not need what its policy forbids.
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it('has files that the policy lets in, and does not call the makers of its viewer', async () => {
    const script = await request(system.url).get('/api/docs/start.js');
    expect(script.text).toContain('validatorUrl: null');
    for (const file of ['start.js', 'swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']) {
      const { status, headers } = await request(system.url).get(`/api/docs/${file}`);
      expect([file, status, headers['x-content-type-options']]).toEqual([file, 200, 'nosniff']);
    }
  });
});

describe('without CORS_ORIGINS', () => {
  it('no answer has CORS headers, and a preflight is a 405', async () => {
    const origin = { Origin: 'https://app.example.com' };
    const answer = await request(system.url).get('/api/appointments').set(origin);
    const preflight = await request(system.url)
      .options('/api/appointments')
      .set({ ...origin, 'Access-Control-Request-Method': 'POST' });
    expect([answer.status, preflight.status, preflight.headers['allow']]).toEqual([
      200,
      405,
      'GET, HEAD, POST',
    ]);
    for (const { headers } of [answer, preflight]) expect(namesOf(headers)).not.toContain('access-control');
  });
});

describe('with CORS_ORIGINS', () => {
  const NAMED = 'https://app.example.com';
  let open: System;
  beforeAll(async () => {
    open = await startSystem({
      workers: 0,
      environment: { AUTH: 'keys', CORS_ORIGINS: `${NAMED}, http://localhost:5173` },
    });
  });
  afterAll(async () => {
    await open.close();
  });

  const preflight = (origin: string, url = open.url) =>
    request(url).options('/api/appointments').set({
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,idempotency-key,content-type',
    });

  it('a preflight of a named origin is answered before authentication', async () => {
    const answer = await preflight(NAMED);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': NAMED,
      'access-control-allow-methods': 'GET,HEAD,POST,PATCH,DELETE',
      'access-control-max-age': '7200',
      vary: 'Origin',
    });
    expect(answer.headers['access-control-allow-headers']).toMatch(/Authorization.*Idempotency-Key/);
  });

  it('a page of a named origin may read refusals and the headers of the wire, and sends no cookies', async () => {
    const answer = await request(open.url).get('/api/appointments').set('Origin', 'http://localhost:5173');
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([
      401,
      'http://localhost:5173',
    ]);
    const exposed = (answer.headers['access-control-expose-headers'] ?? '').split(',');
    for (const name of ['ETag', 'Link', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'])
      expect(exposed).toContain(name);
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each([
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'https://APP.example.com',
    'https://app.example.com:8443',
    'null',
    '*',
  ])('the origin %s is not a named one, and its answers have no CORS header except Vary', async (origin) => {
    const asked = await preflight(origin);
    const read = await request(open.url).get('/api/appointments').set('Origin', origin);
    expect([asked.status >= 400, read.status]).toEqual([true, 401]);
    for (const { headers } of [asked, read]) {
      expect(namesOf(headers)).not.toContain('access-control');
      expect(headers['vary']).toBe('Origin');
    }
  });

  it('the admin port sends no CORS headers', async () => {
    const answer = await preflight(NAMED, open.adminUrl);
    expect(namesOf(answer.headers)).not.toContain('access-control');
  });
});

describe('methods', () => {
  it('that an endpoint does not allow, OPTIONS and TRACE included, are refused with those it allows', async () => {
    for (const path of Object.keys(openApiDocument().paths ?? {})) {
      const address = path.replaceAll(/\{\w+\}/g, '0199d4b0-0000-7000-8000-000000000000');
      for (const method of ['OPTIONS', 'TRACE', 'PUT', 'PROPFIND']) {
        const client = await openConnection(system.url);
        client.write(`${method} ${address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        const said = await client.untilClosed();
        expect([method, path, statusesIn(said)]).toEqual([method, path, [405]]);
        expect(said).toMatch(/\r\nAllow: [A-Z, ]+\r\n/);
      }
    }
  });

  it('are taken from the request line, and no header overrides them', async () => {
    const answer = await request(system.url)
      .post('/api/appointments/42')
      .set({ 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'DELETE' });
    expect(answer.status).toBe(405);
  });
});

describe('a parameter that comes twice', () => {
  it.each([
    '/api/appointments?orgId=a&orgId=b',
    '/api/appointments?orgId=a&orgId=a',
    '/api/changes?orgId=a&orgId=b',
    '/api/requests?orgId=a&orgId=b',
    '/api/availability?from=2030-01-01%2000:00&to=2030-01-02%2000:00&durationMinutes=30&orgId=a&orgId=b',
    '/api/webhooks?orgId=a&orgId=b',
    '/api/appointments/42?orgId=a&orgId=b',
  ])('is refused: GET %s', async (path) => {
    const answer = await request(system.url).get(path);
    expect([answer.status, answer.body.errors]).toEqual([
      400,
      [expect.objectContaining({ pointer: '/orgId', code: 'wrong-type' })],
    ]);
  });

  it('is refused by DELETE', async () => {
    const answer = await request(system.url).delete('/api/appointments/42?orgId=a&orgId=b');
    expect(answer.status).toBe(400);
  });
});

describe('a request that two servers could read differently', () => {
  const HEAD = 'POST /api/appointments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const SMUGGLED = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it.each<[string, string, number]>([
    [
      'has a length and chunks',
      `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'has chunks and a length',
      `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['has two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}`, 400],
    ['has one length twice', `${HEAD}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`, 400],
    ['has a length with a sign', `${HEAD}Content-Length: +2\r\n\r\n{}`, 400],
    ['has a length in hexadecimal', `${HEAD}Content-Length: 0x2\r\n\r\n{}`, 400],
    ['has a list of lengths', `${HEAD}Content-Length: 2, 60\r\n\r\n{}`, 400],
    [
      'has chunks that are not the last encoding',
      `${HEAD}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['has an unknown encoding', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
    ['has a chunk without a length', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, 400],
    [
      'has a chunk longer than its length',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`,
      400,
    ],
    ['has a space before a colon', `${HEAD}Content-Length : 2\r\n\r\n{}`, 400],
    ['folds a header', `${HEAD}Content-Length:\r\n 2\r\n\r\n{}`, 400],
    ['ends lines with a line feed', `${HEAD.replaceAll('\r\n', '\n')}Content-Length: 2\n\n{}`, 400],
    ['has a NUL in a header', `${HEAD}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}`, 400],
    ['has no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['has two hosts', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n', 400],
    [
      'has two Authorization headers',
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n',
      400,
    ],
    ['is no HTTP', 'HELO example.com\r\n\r\n', 400],
    ['has 101 headers', `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${'A: 1\r\n'.repeat(100)}\r\n`, 431],
    [
      'has 17 kB of headers',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nA: ${'x'.repeat(17_000)}\r\n\r\n`,
      431,
    ],
    ['has an address of 17 kB', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  ])('is refused and ends its connection when it %s', async (_what, bytes, status) => {
    const client = await openConnection(system.url);
    client.write(bytes + SMUGGLED);
    // One answer only: the bytes after it are not read as a request.
    expect(statusesIn(await client.untilClosed())).toEqual([status]);
  });

  it('is answered with a hundred headers', async () => {
    const client = await openConnection(system.url);
    client.write(
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${'A: 1\r\n'.repeat(98)}\r\n`,
    );
    expect(statusesIn(await client.untilClosed())).toEqual([200]);
  });
});

function namesOf(headers: object): string {
  return Object.keys(headers).join(' ');
}

describe('input that is not HTTP', () => {
  it('is refused by the server itself', async () => {
    const connection = await openConnection(system.url);
    connection.write('no HTTP\r\n\r\n');
    expect(statusesIn(await connection.untilClosed())).toEqual([400]);
  });

  it.each(['POST', 'DELETE'])(
    'after a %s closes the connection only after the answer to that request',
    async (method) => {
      const connection = await openConnection(system.url);
      const body = method === 'POST' ? JSON.stringify({ ...BOOKING, id: 'answered' }) : '';
      const target = method === 'POST' ? '/api/appointments' : '/api/appointments/answered';
      const head = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
      connection.write(`${method} ${target} HTTP/1.1\r\n${head}\r\n\r\n${body}no HTTP\r\n\r\n`);
      expect(statusesIn(await connection.untilClosed())).toEqual([202]);
    },
  );

  it('in the middle of a body is refused, because nothing was accepted', async () => {
    const connection = await openConnection(system.url);
    const head = 'Host: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked';
    connection.write(`POST /api/appointments HTTP/1.1\r\n${head}\r\n\r\n5\r\n{"id"\r\nno chunk\r\n`);
    expect(statusesIn(await connection.untilClosed())).toEqual([400]);
  });

  it('in a body that waits for room is refused at once', async () => {
    const small = await startSystem({ environment: { BODIES_BYTES_MAX: String(4 * 1024 * 1024) } });
    try {
      const head =
        'POST /api/appointments/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        'Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n';
      // One body without a length takes all the room of its organisation.
      const first = await openConnection(small.url);
      first.write(head);
      const waiting = await openConnection(small.url);
      waiting.write(`${head}no chunk\r\n`);
      expect(statusesIn(await waiting.untilClosed())).toEqual([400]);
      first.socket.destroy();
    } finally {
      await small.close();
    }
  });
});

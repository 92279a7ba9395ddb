// AUTH=none trusts programs on this machine, and no foreign page, host name or proxy. The rule for pages applies to the
// admin port with every value of AUTH.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adminOpenApiDocument, openApiDocument } from '@slotline/contract';
import { makeKey, startSystem, type System } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from '../system/a-booking.ts';
import { openConnection, statusesIn } from './raw-http.ts';

const APP = 'https://app.example.com';
const FOREIGN = 'https://evil.example';

let open: System;
let keyed: System;
let key: string;
let operator: string;
beforeAll(async () => {
  [open, keyed] = await Promise.all([
    startSystem({ workers: 0, environment: { CORS_ORIGINS: APP } }),
    startSystem({ workers: 0, environment: { AUTH: 'keys', CORS_ORIGINS: APP } }),
  ]);
  key = await makeKey(keyed, { orgId: 'acme', scopes: ['read', 'write'] });
  operator = await makeKey(keyed, { scopes: ['admin'] });
});
afterAll(async () => {
  await Promise.all([open.close(), keyed.close()]);
});

const PORTS = [
  { port: 'public', urlOf: (system: System) => system.url, document: openApiDocument },
  { port: 'admin', urlOf: (system: System) => system.adminUrl, document: adminOpenApiDocument },
] as const;

const PATHS = PORTS.flatMap(({ port, urlOf, document }) =>
  [...Object.keys(document().paths ?? {}), '/nowhere'].map((path) => ({
    ...{ port, urlOf },
    path: path.replaceAll(/\{\w+\}/g, '0199d4b0-0000-7000-8000-000000000000'),
  })),
);

/** Sends the header lines unchanged and returns everything received until the connection closes. */
async function say(url: string, ...lines: readonly string[]): Promise<string> {
  const client = await openConnection(url);
  client.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
  return client.untilClosed();
}

async function statusOf(url: string, ...lines: readonly string[]): Promise<number | undefined> {
  return statusesIn(await say(url, ...lines))[0];
}

function post(url: string, headers: Record<string, string>) {
  return request(url).post('/api/appointments').set(headers).send(BOOKING);
}

describe('with AUTH=none', () => {
  it.each(PATHS)('$path of the $port port is served for loopback names alone', async ({ urlOf, path }) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const said = await say(urlOf(open), `${method} ${path} HTTP/1.1`, 'Host: rebound.example:3000');
      expect([method, statusesIn(said)]).toEqual([method, [421]]);
      expect(said).toContain('urn:slotline:problem:misdirected-request');
    }
  });

  it.each([
    ...[
      'localhost',
      'LocalHost:3000',
      '127.0.0.1',
      '127.0.0.1:80',
      '127.255.0.3:65535',
      '[::1]',
      '[::1]:3000',
    ],
  ])('the host %s is served', async (host) => {
    expect(await statusOf(open.url, 'GET /healthz HTTP/1.1', `Host: ${host}`)).toBe(200);
    expect(await statusOf(open.adminUrl, 'GET /metrics HTTP/1.1', `Host: ${host}`)).toBe(200);
  });

  it.each([
    ...['', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhost.', 'localhost:'],
    ...[
      'evil.example:127.0.0.1',
      'user@localhost',
      '127.0.0.1:3000:80',
      '0.0.0.0',
      '[::]',
      '10.0.0.1',
      '127.1',
    ],
    ...['[::1', '::1', '2130706433', 'localhost, evil.example', 'localhost/evil.example', 'app.localhost'],
  ])('the host %j is not served', async (host) => {
    expect(await statusOf(open.url, 'GET /healthz HTTP/1.1', `Host: ${host}`)).toBe(421);
    expect(await statusOf(open.adminUrl, 'GET /metrics HTTP/1.1', `Host: ${host}`)).toBe(421);
  });

  it('a request without a Host header is not served, and one with two is malformed', async () => {
    expect(await statusOf(open.url, 'GET /healthz HTTP/1.0')).toBe(421);
    expect(await statusOf(open.url, 'GET /healthz HTTP/1.0', 'Host: localhost')).toBe(200);
    expect(await statusOf(open.url, 'GET /healthz HTTP/1.1', 'Host: localhost', 'Host: localhost')).toBe(400);
  });

  it.each([
    ['http://127.0.0.1:1/healthz', 200],
    ['http://evil.example/healthz', 421],
    ['http://127.0.0.1:1@evil.example/healthz', 421],
    ['http://localhost:1/healthz', 421],
    ['https://127.0.0.1:1/healthz', 421],
    ['evil.example:443', 400],
  ])('a target that names a host has to name that of the Host header: %s', async (target, status) => {
    expect(await statusOf(open.url, `GET ${target} HTTP/1.1`, 'Host: 127.0.0.1:1')).toBe(status);
  });

  it.each([
    'Forwarded: for=192.0.2.1',
    'X-Forwarded-For: 192.0.2.1',
    'X-Forwarded-Host: api.example.com',
    'X-Forwarded-Proto: https',
    'X-Real-IP: 192.0.2.1',
    'Via: 1.1 proxy',
  ])('a request through a proxy is refused on both ports: %s', async (header) => {
    for (const { urlOf } of PORTS) {
      const said = await say(urlOf(open), 'GET /healthz HTTP/1.1', 'Host: localhost', header);
      expect(statusesIn(said)).toEqual([421]);
      expect(said).toMatch(/AUTH=keys/);
    }
  });

  it('event streams and preflights are served for loopback names alone', async () => {
    const stream = await say(open.url, 'GET /api/changes/stream HTTP/1.1', 'Host: rebound.example');
    const preflight = ['Host: rebound.example', `Origin: ${APP}`, 'Access-Control-Request-Method: POST'];
    const asked = await say(open.url, 'OPTIONS /api/appointments HTTP/1.1', ...preflight);
    expect([statusesIn(stream), statusesIn(asked)]).toEqual([[421], [421]]);
    expect(asked).not.toMatch(/access-control/i);
  });
});

describe('a page of another origin', () => {
  const FOREIGN_HEADERS: Record<string, string>[] = [
    { Origin: FOREIGN },
    { Origin: 'null' },
    { Origin: 'http://localhost:1' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'http://localhost:1', 'Sec-Fetch-Site': 'same-site' },
    { Origin: `${APP}, ${FOREIGN}` },
    { Origin: '' },
  ];

  it.each(FOREIGN_HEADERS)('changes nothing with AUTH=none: %j', async (headers) => {
    const answer = await post(open.url, headers);
    expect([answer.status, answer.body.type]).toEqual([403, 'urn:slotline:problem:foreign-page']);
    const rotated = await request(open.url).post('/api/webhooks/callbacks/rotate-secret').set(headers);
    const deleted = await request(open.url).delete('/api/appointments/42').set(headers);
    const changed = await request(open.url).patch('/api/webhooks/callbacks').set(headers).send({});
    expect([rotated.status, deleted.status, changed.status]).toEqual([403, 403, 403]);
  });

  it.each(FOREIGN_HEADERS)(
    'reads and changes nothing on the admin port, whatever AUTH is: %j',
    async (headers) => {
      for (const system of [open, keyed]) {
        for (const path of [
          '/api/admin/orgs',
          '/metrics',
          '/healthz',
          '/readyz',
          '/api/openapi.json',
          '/x',
        ]) {
          const read = await request(system.adminUrl)
            .get(path)
            .auth(operator, { type: 'bearer' })
            .set(headers);
          expect([path, read.status, read.body.type]).toEqual([
            path,
            403,
            'urn:slotline:problem:foreign-page',
          ]);
        }
        const paused = await request(system.adminUrl)
          .post('/api/admin/orgs/acme/pause')
          .auth(operator, { type: 'bearer' })
          .set(headers);
        const asked = await request(system.adminUrl).options('/api/admin/orgs').set(headers);
        expect([paused.status, asked.status]).toEqual([403, 403]);
      }
    },
  );

  it('that CORS_ORIGINS names may write on the public port, and not call the admin port', async () => {
    const page = { Origin: APP, 'Sec-Fetch-Site': 'cross-site' };
    const answer = await post(open.url, page);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([202, APP]);
    const withKey = await post(keyed.url, page).auth(key, { type: 'bearer' });
    expect(withKey.status).toBe(202);
    expect((await request(open.adminUrl).get('/api/admin/orgs').set(page)).status).toBe(403);
  });

  it('may be opened by a link on the public port', async () => {
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    expect((await request(open.url).get('/api/docs').set(link)).status).toBe(200);
  });
});

describe('a page of the service', () => {
  it('reads and writes on both ports', async () => {
    for (const site of [{}, { 'Sec-Fetch-Site': 'same-origin' }]) {
      expect((await post(open.url, { Origin: open.url, ...site })).status).toBe(202);
      const read = await request(open.adminUrl)
        .get('/api/admin/orgs')
        .set({ Origin: open.adminUrl, ...site });
      expect(read.status).toBe(200);
    }
    const typed = await request(open.adminUrl).get('/metrics').set('Sec-Fetch-Site', 'none');
    expect(typed.status).toBe(200);
  });

  it('is foreign to the other port', async () => {
    const answer = await request(open.adminUrl).get('/api/admin/orgs').set('Origin', open.url);
    expect(answer.status).toBe(403);
  });
});

describe('with AUTH=keys', () => {
  it('any host is served on both ports, and proxies may name the client', async () => {
    const head = ['Host: api.example.com', 'X-Forwarded-For: 192.0.2.1', 'Via: 1.1 proxy'];
    expect(await statusOf(keyed.url, 'GET /healthz HTTP/1.1', ...head)).toBe(200);
    expect(await statusOf(keyed.adminUrl, 'GET /healthz HTTP/1.1', ...head)).toBe(200);
  });

  it('a program that sends Origin is served, because a browser does not add its key', async () => {
    const answer = await post(keyed.url, { Origin: 'https://till.example' }).auth(key, { type: 'bearer' });
    expect(answer.status).toBe(202);
  });

  it('a page that its browser calls cross-site changes nothing, although a proxy may add a key', async () => {
    const headers = { Origin: FOREIGN, 'Sec-Fetch-Site': 'cross-site' };
    const answer = await post(keyed.url, headers).auth(key, { type: 'bearer' });
    expect([answer.status, answer.body.type]).toEqual([403, 'urn:slotline:problem:foreign-page']);
  });

  it('the page of the contract works behind a proxy that changes the Host header', async () => {
    const headers = { Origin: 'https://api.example.com', 'Sec-Fetch-Site': 'same-origin' };
    const answer = await post(keyed.url, headers).auth(key, { type: 'bearer' });
    expect(answer.status).toBe(202);
  });
});

// JWTs over HTTP: valid tokens and the attacks of RFC 8725, with an issuer that the tests can make fail.

import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openApi, readApiConfig } from '@slotline/api';
import { createLogger } from '@slotline/runtime';
import { startSystem, type System } from '@slotline/testkit';
import { generateKeyPair } from 'jose';
import { openEvents } from '../system/event-reader.ts';
import { AUDIENCE, ISSUER_NAME, openIssuer, type Issuer, type JwksFault, type TokenShape } from './issuer.ts';

const settingsOf = (issuer: Issuer) => ({
  ...{ AUTH: 'jwt', JWT_JWKS_URL: issuer.url, JWT_ISSUER: ISSUER_NAME, JWT_AUDIENCE: AUDIENCE },
});

const start = (issuer: Issuer, environment: Record<string, string> = {}) =>
  startSystem({ workers: 0, environment: { ...settingsOf(issuer), ...environment } });

async function ask(system: System, token: string, path = '/api/appointments', url = system.url) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(url + path, { headers });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const statusOf = async (system: System, token: string, path?: string) =>
  (await ask(system, token, path)).status;

const adminStatusOf = async (system: System, token: string) =>
  (await ask(system, token, '/api/admin/orgs', system.adminUrl)).status;

const nowS = () => Math.floor(Date.now() / 1_000);

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('with an available issuer', () => {
  let issuer: Issuer;
  let system: System;
  beforeAll(async () => {
    issuer = await openIssuer();
    system = await start(issuer);
  });
  afterAll(async () => {
    await system.close();
    await issuer.close();
  });

  it('a valid token acts for its org, and a second use needs no fetch', async () => {
    const token = await issuer.sign();
    const fetches = issuer.fetches();
    expect(await statusOf(system, token)).toBe(200);
    expect(await statusOf(system, token)).toBe(200);
    expect(await statusOf(system, token, '/api/appointments?orgId=acme')).toBe(200);
    expect(await statusOf(system, token, '/api/appointments?orgId=globex')).toBe(404);
    expect(issuer.fetches()).toBe(fetches);
  });

  it.each<[string, TokenShape['claims'], number, number]>([
    ['scope as text', { scope: 'openid webhooks read' }, 200, 200],
    ['scp as a list', { scope: undefined, scp: ['read', 7, null] }, 200, 403],
    ['scp as text', { scope: undefined, scp: 'webhooks' }, 403, 200],
    ['scopes that are not ours', { scope: 'READ reader root' }, 403, 403],
    ['no scope', { scope: undefined }, 403, 403],
    ['a scope of another kind', { scope: { read: true } }, 403, 403],
    ['a scope twice', { scope: 'read read' }, 200, 403],
    ['admin beside an org', { scope: 'admin read' }, 200, 403],
    ['admin beside an org, as a list', { scope: undefined, scp: ['admin', 'read'] }, 200, 403],
    ['admin alone beside an org', { scope: 'admin' }, 403, 403],
    ['admin, and no org', { scope: 'admin', org_id: undefined }, 401, 401],
  ])('%s means what it says', async (_, claims, read, webhooks) => {
    const token = await issuer.sign({ claims: claims ?? {} });
    expect(await statusOf(system, token)).toBe(read);
    expect(await statusOf(system, token, '/api/webhooks')).toBe(webhooks);
  });

  it('no token is an operator’s unless JWT_OPERATOR_SCOPE names the operator scope', async () => {
    for (const scope of ['admin', 'admin read write webhooks', 'undefined']) {
      const ofAnOrg = await issuer.sign({ claims: { scope } });
      expect(await adminStatusOf(system, ofAnOrg)).toBe(403);
      expect(await statusOf(system, ofAnOrg, '/api/appointments?orgId=globex')).not.toBe(200);
      expect(await adminStatusOf(system, await issuer.sign({ claims: { scope, org_id: undefined } }))).toBe(
        401,
      );
    }
  });

  it.each<[string, () => Promise<string> | string]>([
    [
      'no signature (alg none)',
      async () => `${base64url({ alg: 'none' })}.${(await issuer.sign()).split('.')[1]}.`,
    ],
    [
      'alg None in another case',
      async () => `${base64url({ alg: 'nOnE' })}.${(await issuer.sign()).split('.')[1]}.`,
    ],
    [
      'the public key as an HMAC secret',
      async () => issuer.sign({ alg: 'HS256', key: await issuer.publicKeyBytes() }),
    ],
    ['a signature cut off', async () => (await issuer.sign()).replace(/[^.]+$/, '')],
    [
      'a signature of another token',
      async () => {
        const [one, other] = [await issuer.sign(), await issuer.sign({ claims: { org_id: 'globex' } })];
        return `${other.split('.').slice(0, 2).join('.')}.${one.split('.')[2]}`;
      },
    ],
    [
      'a foreign key under our key id',
      async () => issuer.sign({ key: (await generateKeyPair('ES256')).privateKey }),
    ],
    ['an unknown kid', () => issuer.sign({ kid: 'never-heard-of' })],
    ['a kid that is a path', () => issuer.sign({ kid: '../../dev/null' })],
    [
      'a jwk in its header',
      async () => {
        const { privateKey } = await generateKeyPair('ES256');
        return issuer.sign({ key: privateKey, header: { jwk: { kty: 'EC' }, jku: issuer.url } });
      },
    ],
    [
      'an unknown critical header',
      async () => {
        const [, payload, signature] = (await issuer.sign()).split('.');
        return `${base64url({ alg: 'ES256', kid: 'first', crit: ['x'], x: 1 })}.${payload}.${signature}`;
      },
    ],
    ['another issuer', () => issuer.sign({ claims: { iss: 'https://issuer.example.com/' } })],
    ['no issuer', () => issuer.sign({ claims: { iss: undefined } })],
    ['another audience', () => issuer.sign({ claims: { aud: 'slotline-test' } })],
    ['no audience', () => issuer.sign({ claims: { aud: undefined } })],
    ['an end in the past', () => issuer.sign({ claims: { exp: nowS() - 31 } })],
    ['no end', () => issuer.sign({ claims: { exp: undefined } })],
    ['an end that is text', () => issuer.sign({ claims: { exp: '9999999999' } })],
    ['a beginning in the future', () => issuer.sign({ claims: { nbf: nowS() + 90 } })],
    ['no org', () => issuer.sign({ claims: { org_id: undefined } })],
    ['an empty org', () => issuer.sign({ claims: { org_id: '' } })],
    ['an org that is a list', () => issuer.sign({ claims: { org_id: ['acme'] } })],
    ['an org that cannot be stored', () => issuer.sign({ claims: { org_id: 'ac\u0000me' } })],
    ['an org that is too long', () => issuer.sign({ claims: { org_id: 'x'.repeat(129) } })],
    ['more than 8 kB', () => issuer.sign({ claims: { padding: 'x'.repeat(8_192) } })],
    ['five parts, as if encrypted', () => 'a.b.c.d.e'],
    [
      'a payload that is no object',
      async () => `${(await issuer.sign()).split('.')[0]}.${base64url([1])}.AAAA`,
    ],
    ['nothing to do with a token', () => 'slk_0000000000000000_x'],
  ])('a token with %s is refused without a reason', async (_, make) => {
    const { status, headers, body } = await ask(system, await make());
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const detail = 'Send Authorization: Bearer with a key or token that is valid.';
    expect(body).toMatchObject({ type: 'urn:slotline:problem:unauthenticated', detail });
  });

  it('clocks may differ by 30 seconds, and one matching audience of several is enough', async () => {
    const claims = { exp: nowS() - 20, nbf: nowS() + 20, aud: ['other', AUDIENCE] };
    expect(await statusOf(system, await issuer.sign({ claims }))).toBe(200);
  });

  it('a stream ends with its token', async () => {
    const token = await issuer.sign({ claims: { exp: nowS() - 28 } });
    const stream = await openEvents(`${system.url}/api/changes/stream`, { key: token });
    expect(stream.status).toBe(200);
    while ((await stream.next()) !== undefined);
    expect(await statusOf(system, token)).toBe(401);
  });
});

describe('with a separate issuer for each test', () => {
  let issuer: Issuer;
  let system: System | undefined;
  beforeEach(async () => {
    issuer = await openIssuer();
  });
  afterEach(async () => {
    await system?.close();
    await issuer.close();
  });

  it.each(['RS256', 'PS256', 'ES384', 'EdDSA'])('the algorithm %s is accepted', async (alg) => {
    await issuer.rotate('other', alg);
    system = await start(issuer);
    expect(await statusOf(system, await issuer.sign())).toBe(200);
  });

  it('another claim may name the org', async () => {
    system = await start(issuer, { JWT_ORG_CLAIM: 'https://example.com/tenant' });
    expect(await statusOf(system, await issuer.sign())).toBe(401);
    const claims = { 'https://example.com/tenant': 'globex' };
    expect(await statusOf(system, await issuer.sign({ claims }), '/api/appointments?orgId=globex')).toBe(200);
  });

  describe('with JWT_OPERATOR_SCOPE', () => {
    const OPERATOR = { JWT_OPERATOR_SCOPE: 'slotline:operate' };

    it('a token with that scope and without an org is an operator’s', async () => {
      system = await start(issuer, OPERATOR);
      const claims = { scope: 'openid slotline:operate', org_id: undefined };
      const token = await issuer.sign({ claims });
      expect(await adminStatusOf(system, token)).toBe(200);
      expect(await statusOf(system, token, '/api/appointments?orgId=globex')).toBe(200);
    });

    it.each<[string, TokenShape['claims']]>([
      ['an org', { org_id: 'acme' }],
      ['an org that is no text', { org_id: null }],
      ['an empty org', { org_id: '' }],
      ['an org, the scope in another claim', { scope: 'read', scp: ['slotline:operate'] }],
    ])('a token with that scope beside %s is refused on both ports', async (_, claims) => {
      system = await start(issuer, OPERATOR);
      const token = await issuer.sign({ claims: { scope: 'read slotline:operate', ...claims } });
      expect(await adminStatusOf(system, token)).toBe(401);
      expect(await statusOf(system, token)).toBe(401);
    });

    it('the log has the reason of a refusal, and the client does not receive it', async () => {
      system = await start(issuer, OPERATOR);
      let log = '';
      const destination = new Writable({ write: (chunk: Buffer, _, done) => done(void (log += chunk)) });
      const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, queueName: QUEUE_NAME } = system;
      const ports = { DATABASE_URL, REDIS_URL, QUEUE_NAME, PORT: '0', ADMIN_PORT: '0' };
      const api = await openApi(readApiConfig({ ...ports, ...settingsOf(issuer), ...OPERATOR }), {
        logger: createLogger({ app: 'test', level: 'warn', destination }),
      });
      const token = await issuer.sign({ claims: { scope: 'slotline:operate' } });
      const refused = await ask(system, token, '/api/admin/orgs', api.adminAddress);
      await ask(system, await issuer.sign({ claims: { exp: 1 } }), '/api/appointments', api.address);
      await api.close();
      const detail = 'Send Authorization: Bearer with a key or token that is valid.';
      expect(refused.body).toMatchObject({ detail });
      const reasons = [...log.matchAll(/"reason":"([^"]+)"/g)].map(([, reason]) => reason);
      // One line a second for each port at most.
      expect(reasons).toEqual([
        'the token has the operator scope and names an org',
        'the token is not valid: ERR_JWT_EXPIRED (exp)',
      ]);
      expect(log).not.toContain(token);
    });

    it('admin and other scopes make no operator', async () => {
      system = await start(issuer, OPERATOR);
      for (const scope of [
        'admin',
        'SLOTLINE:OPERATE',
        'slotline:operate2',
        'slotline',
        'slotline:operate,admin',
      ]) {
        expect(await adminStatusOf(system, await issuer.sign({ claims: { scope } }))).toBe(403);
        const ofNobody = await issuer.sign({ claims: { scope, org_id: undefined } });
        expect(await adminStatusOf(system, ofNobody)).toBe(401);
      }
    });
  });

  it('with JWT_TYP a token of another type is refused', async () => {
    system = await start(issuer, { JWT_TYP: 'at+jwt' });
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt']) {
      expect(await statusOf(system, await issuer.sign({ header: { typ } }))).toBe(200);
    }
    for (const header of [{}, { typ: 'JWT' }, { typ: 'at+jwt+x' }, { typ: '' }]) {
      expect(await statusOf(system, await issuer.sign({ header }))).toBe(401);
    }
  });

  it('with JWT_MAX_AGE a token needs `iat` and expires JWT_MAX_AGE seconds after it', async () => {
    system = await start(issuer, { JWT_MAX_AGE: '60' });
    const statusAt = async (iat: unknown) =>
      statusOf(system as System, await issuer.sign({ claims: { iat } }));
    expect(await statusAt(nowS())).toBe(200);
    expect(await statusAt(nowS() - 80)).toBe(200);
    expect(await statusAt(nowS() - 100)).toBe(401);
    expect(await statusAt(nowS() + 100)).toBe(401);
    expect(await statusAt(undefined)).toBe(401);
    expect(await statusAt(String(nowS()))).toBe(401);
  });

  it('with JWT_MAX_AGE a stream ends with the age of its token', async () => {
    system = await start(issuer, { JWT_MAX_AGE: '60' });
    const token = await issuer.sign({ claims: { iat: nowS() - 88 } });
    const stream = await openEvents(`${system.url}/api/changes/stream`, { key: token });
    expect(stream.status).toBe(200);
    while ((await stream.next()) !== undefined);
    expect(await statusOf(system, token)).toBe(401);
  });

  it.each<JwksFault>(['away', 'error', 'hangs', 'garbage', 'no-set', 'huge', 'moved'])(
    'while the JWKS is broken (%s) tokens are answered 503, and are accepted afterwards',
    async (fault) => {
      issuer.fault = fault;
      system = await start(issuer);
      const token = await issuer.sign();
      const { status, headers, body } = await ask(system, token);
      expect(status).toBe(503);
      expect(headers.get('retry-after')).not.toBeNull();
      expect(body).toMatchObject({ type: 'urn:slotline:problem:unavailable' });
      // A malformed token is refused without the JWKS.
      expect(await statusOf(system, 'nonsense')).toBe(401);
      issuer.fault = 'none';
      while ((await statusOf(system, token)) !== 200);
    },
  );

  it('a flood of tokens while the JWKS is unavailable makes at most one fetch a second', async () => {
    issuer.fault = 'away';
    system = await start(issuer);
    const before = issuer.fetches();
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, at) => issuer.sign({ kid: `k${at}` })));
    const beganAt = performance.now();
    for (const token of tokens) expect(await statusOf(system, token)).toBe(503);
    const seconds = (performance.now() - beganAt) / 1_000;
    // At most one a second: a failure is cached for that long.
    expect(issuer.fetches() - before).toBeLessThanOrEqual(1 + seconds);
  });

  it('the cached keys remain valid while the JWKS is unavailable', async () => {
    system = await start(issuer);
    issuer.fault = 'away';
    expect(await statusOf(system, await issuer.sign())).toBe(200);
  });

  it('a flood of unknown key ids makes no fetch soon after one', async () => {
    system = await start(issuer);
    const before = issuer.fetches();
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, at) => issuer.sign({ kid: `k${at}` })));
    for (const token of tokens) expect(await statusOf(system, token)).toBe(401);
    expect(issuer.fetches() - before).toBeLessThanOrEqual(1);
  });
});

// Tokens while their issuer rotates its keys, with a test clock.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createLogger } from '@slotline/runtime';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import type { Access } from '../src/access/access.ts';
import { openJwtAccess, type JwtAccessOptions } from '../src/access/open-jwt-access.ts';
import type { Principal } from '../src/access/principal.ts';

const [issuer, audience] = ['https://issuer.example.com', 'slotline'];

let server: Server;
let access: Access;
let published: object[] = [];
let laterMs = 0;
beforeEach(async () => {
  laterMs = 0;
  published = [];
  server = createServer((_req, res) => res.end(JSON.stringify({ keys: published })));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await access.close();
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

async function open(
  times: NonNullable<JwtAccessOptions['times']>,
  more: { readonly maxAgeS?: number } = {},
): Promise<void> {
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const logger = createLogger({ app: 'test', level: 'silent' });
  const now = () => Date.now() + laterMs;
  const config = { jwksUrl, issuer, audience, orgClaim: 'org_id', operatorScope: 'operate', ...more };
  access = await openJwtAccess(config, { logger, times, now });
}

/** Publishes a key beside the others and returns a signer for it. */
async function addKey(kid: string): Promise<(claims?: JWTPayload) => Promise<string>> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  published = [...published, { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }];
  return (claims = {}) =>
    new SignJWT({ org_id: 'acme', scope: 'read', sub: 'till', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('2h')
      .sign(privateKey);
}

async function ask(token: string): Promise<Principal | string> {
  try {
    return await access.authenticate(`Bearer ${token}`);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

it('a token is verified once a minute, and judged synchronously in between', async () => {
  const sign = await addKey('one');
  await open({});
  const token = await sign();
  expect(access.authenticate(`Bearer ${token}`)).toBeInstanceOf(Promise);
  const principal = await ask(token);
  expect(principal).toMatchObject({ kind: 'org', orgId: 'acme', scopes: new Set(['read']) });
  expect(access.authenticate(`Bearer ${token}`)).toBe(principal);
  laterMs = 60_000;
  expect(access.authenticate(`Bearer ${token}`)).toBeInstanceOf(Promise);
});

it('a newly published key is fetched when a token names it', async () => {
  await addKey('one');
  await open({ unknownKeyPauseMs: 0 });
  const sign = await addKey('two');
  expect(await ask(await sign())).toMatchObject({ kind: 'org' });
});

it('a withdrawn key is trusted for at most a minute after the next fetch', async () => {
  const signOne = await addKey('one');
  await open({ fetchEveryMs: 5 });
  const token = await signOne();
  expect(await ask(token)).toMatchObject({ kind: 'org' });
  published = [];
  const signTwo = await addKey('two');
  while (typeof (await ask(await signTwo())) === 'string');
  laterMs = 60_000;
  expect(await ask(token)).toBe('unauthenticated');
});

it('a verified token ends at its expiry, together with its watches', async () => {
  const sign = await addKey('one');
  await open({});
  const token = await sign();
  const principal = (await ask(token)) as Principal;
  let isUnwatched = true;
  access.watch(principal, () => (isUnwatched = false))();
  laterMs = 7_100_000;
  expect(await ask(token)).toMatchObject({ kind: 'org' });
  laterMs = 7_200_000 + 31_000;
  expect(await ask(token)).toBe('unauthenticated');
  await new Promise<void>((resolve) => void access.watch(principal, resolve));
  expect(isUnwatched).toBe(true);
});

it('a verified token ends at the maximum age if that is before its expiry', async () => {
  const sign = await addKey('one');
  await open({}, { maxAgeS: 50 });
  const token = await sign({ iat: Math.floor(Date.now() / 1_000) });
  const principal = (await ask(token)) as Principal;
  laterMs = 55_000;
  expect(access.authenticate(`Bearer ${token}`)).toBe(principal);
  laterMs = 59_000 + 23_000;
  expect(await ask(token)).toBe('unauthenticated');
  await new Promise<void>((resolve) => void access.watch(principal, resolve));
});

it('an org and an operator with the same subject are two credentials', async () => {
  const sign = await addKey('one');
  await open({});
  const org = await ask(await sign({ org_id: 'operator' }));
  const operator = await ask(await sign({ org_id: undefined, scope: 'operate' }));
  expect([org, operator]).toMatchObject([{ kind: 'org', orgId: 'operator' }, { kind: 'operator' }]);
  expect((org as { keyId: string }).keyId).not.toBe((operator as { keyId: string }).keyId);
});

it('one subject is one credential across tokens, and the credential does not reveal the subject', async () => {
  const sign = await addKey('one');
  await open({});
  const keyIdOf = async (claims?: JWTPayload) => (await ask(await sign(claims))) as { keyId: string };
  const [first, again] = [
    await keyIdOf({ sub: 'ann@example.com' }),
    await keyIdOf({ sub: 'ann@example.com', jti: '2' }),
  ];
  expect(again.keyId).toBe(first.keyId);
  expect(first.keyId).toMatch(/^jwt_[\w-]{22}$/);
  const others = [
    await keyIdOf({ sub: 'bob@example.com' }),
    await keyIdOf({ sub: 'ann@example.com', org_id: 'globex' }),
    await keyIdOf({ sub: 'ann@example.com', org_id: undefined, scope: 'operate' }),
  ];
  expect(new Set([first, ...others].map(({ keyId }) => keyId)).size).toBe(4);
});

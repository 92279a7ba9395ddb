// Both kinds of credentials, created as in production: keys in the database, and tokens of an issuer that the test
// runs.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '@slotline/contract';
import { makeKey } from '@slotline/testkit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface Credentials {
  /** What the API is started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** The text that comes after `Bearer`. Without an org it is the operator's. */
  make(
    system: { readonly databaseUrl: string },
    whose: { readonly orgId?: string; readonly scopes: readonly Scope[]; readonly expiresAt?: Date },
  ): Promise<string>;
  close(): Promise<void>;
}

export async function openCredentials(kind: 'keys' | 'jwt'): Promise<Credentials> {
  if (kind === 'jwt') return openIssuer();
  return { environment: { AUTH: 'keys' }, make: makeKey, close: async () => undefined };
}

const ISSUER = 'https://issuer.example.com';
const AUDIENCE = 'slotline';

async function openIssuer(): Promise<Credentials> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const server = http.createServer((_req, res) => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      AUTH: 'jwt',
      JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWT_OPERATOR_SCOPE: 'admin',
    },
    make: (_system, { orgId, scopes, expiresAt }) =>
      new SignJWT({ scope: scopes.join(' '), ...(orgId === undefined ? {} : { org_id: orgId }) })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('somebody')
        .setExpirationTime(expiresAt ?? '1h')
        .sign(privateKey),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

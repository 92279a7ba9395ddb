// An issuer of tokens that a test can make misbehave: its JWKS may be slow, huge, nonsense or gone, and its keys change.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';

export const ISSUER_NAME = 'https://issuer.example.com';
export const AUDIENCE = 'slotline';

export type JwksFault = 'none' | 'away' | 'error' | 'hangs' | 'garbage' | 'no-set' | 'huge' | 'moved';

export interface TokenShape {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly alg?: string;
  readonly kid?: string;
  readonly key?: CryptoKey | Uint8Array;
  readonly header?: Readonly<Record<string, unknown>>;
}

export interface Issuer {
  readonly url: string;
  fault: JwksFault;
  /** Requests for the JWKS so far. */
  readonly fetches: () => number;
  /** Publishes a new key under this name and forgets the ones before it. */
  rotate(kid: string, alg?: string): Promise<void>;
  /** The current public key as PEM-free bytes: what an attacker would sign HS256 with. */
  publicKeyBytes(): Promise<Uint8Array>;
  /** A good token of the org `acme` but for what `shape` says; `undefined` claims are left out. */
  sign(shape?: TokenShape): Promise<string>;
  close(): Promise<void>;
}

export async function openIssuer(): Promise<Issuer> {
  let current = { kid: '', alg: '', pair: await generateKeyPair('ES256', { extractable: true }) };
  let jwks: object = { keys: [] };
  let fetches = 0;
  const server = createServer((_req, res) => {
    fetches += 1;
    const bodies: Record<JwksFault, () => unknown> = {
      none: () => res.end(JSON.stringify(jwks)),
      away: () => res.destroy(),
      error: () => res.writeHead(500).end('{"keys":[]}'),
      hangs: () => res.write('{"keys":'),
      garbage: () => res.end('<html>'),
      'no-set': () => res.end('{"keys":"none"}'),
      huge: () => res.end(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`),
      moved: () => res.writeHead(302, { Location: '/elsewhere' }).end(),
    };
    bodies[issuer.fault]();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    fault: 'none',
    fetches: () => fetches,
    async rotate(kid, alg = 'ES256') {
      current = { kid, alg, pair: await generateKeyPair(alg, { extractable: true }) };
      jwks = { keys: [{ ...(await exportJWK(current.pair.publicKey)), kid, alg, use: 'sig' }] };
    },
    publicKeyBytes: async () =>
      new TextEncoder().encode(JSON.stringify(await exportJWK(current.pair.publicKey))),
    sign(shape = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const usual = { iss: ISSUER_NAME, aud: AUDIENCE, sub: 'till', iat: now, exp: now + 3_600 };
      const claims = { ...usual, org_id: 'acme', scope: 'read', ...shape.claims };
      const header = { alg: shape.alg ?? current.alg, kid: shape.kid ?? current.kid, ...shape.header };
      const given = Object.entries(claims).filter(([, value]) => value !== undefined);
      return new SignJWT(Object.fromEntries(given))
        .setProtectedHeader(header)
        .sign(shape.key ?? current.pair.privateKey);
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  await issuer.rotate('first');
  return issuer;
}

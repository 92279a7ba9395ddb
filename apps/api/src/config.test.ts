import { availableParallelism } from 'node:os';
import { expect, it } from '@jest/globals';
import { ConfigError } from '@slotline/runtime';
import { connectionsFor, readApiConfig } from './config.ts';

const GOOD = { DATABASE_URL: 'postgres://127.0.0.1/db', REDIS_URL: 'redis://127.0.0.1' };

function namesIn(environment: Record<string, string>): string[] {
  try {
    readApiConfig({ ...GOOD, ...environment });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.split(':')[0]?.trim() ?? '');
  }
}

it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('AUTH may be left out on %s', (HOST) => {
  expect(namesIn({ HOST })).toEqual([]);
});

it.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', 'x127.0.0.1'])(
  'AUTH=none, explicit or by default, is refused on %s',
  (HOST) => {
    expect(namesIn({ HOST })).toEqual(['AUTH']);
    expect(namesIn({ HOST, AUTH: 'none' })).toEqual(['AUTH']);
    expect(namesIn({ HOST, AUTH: 'keys' })).toEqual([]);
    expect(namesIn({ HOST, AUTH: 'keyz' })).toEqual(['AUTH']);
  },
);

it('AUTH is required when only the admin port is off loopback', () => {
  expect(namesIn({ ADMIN_HOST: '0.0.0.0' })).toEqual(['AUTH']);
  expect(namesIn({ ADMIN_HOST: '0.0.0.0', AUTH: 'none' })).toEqual(['AUTH']);
  expect(namesIn({ ADMIN_HOST: '0.0.0.0', AUTH: 'keys' })).toEqual([]);
  expect(namesIn({ ADMIN_HOST: '::1' })).toEqual([]);
});

it('AUTH=none is refused behind a proxy', () => {
  expect(namesIn({ TRUST_PROXY: '1' })).toEqual(['TRUST_PROXY']);
  expect(namesIn({ TRUST_PROXY: 'loopback', PORT: 'x' }).sort()).toEqual(['PORT', 'TRUST_PROXY']);
  expect(namesIn({ TRUST_PROXY: 'everybody' })).toEqual(['TRUST_PROXY']);
  expect(namesIn({ TRUST_PROXY: 'none' })).toEqual([]);
  expect(namesIn({ TRUST_PROXY: '1', AUTH: 'keys' })).toEqual([]);
});

it('the admin port differs from the public one, unless both take any free port', () => {
  expect(namesIn({ PORT: '3001' })).toEqual(['ADMIN_PORT']);
  expect(namesIn({ PORT: '8080', ADMIN_PORT: '8080', REDIS_URL: 'http://x' }).sort()).toEqual([
    'ADMIN_PORT',
    'REDIS_URL',
  ]);
  expect(namesIn({ PORT: '0', ADMIN_PORT: '0' })).toEqual([]);
});

const JWT = {
  AUTH: 'jwt',
  JWT_JWKS_URL: 'https://id.example.com/jwks',
  JWT_ISSUER: 'https://id.example.com',
  JWT_AUDIENCE: 'slotline',
};

it('AUTH=jwt names each missing setting together with every other bad one', () => {
  expect(namesIn({ ...JWT, HOST: '0.0.0.0' })).toEqual([]);
  expect(namesIn({ AUTH: 'jwt', PORT: 'x' }).sort()).toEqual([
    'JWT_AUDIENCE',
    'JWT_ISSUER',
    'JWT_JWKS_URL',
    'PORT',
  ]);
  expect(namesIn({ ...JWT, JWT_ISSUER: '' })).toEqual(['JWT_ISSUER']);
  expect(namesIn({ AUTH: 'keys' })).toEqual([]);
});

it.each([
  ['https://id.example.com/jwks', []],
  ['http://id.example.com/jwks', ['JWT_JWKS_URL']],
  ['http://127.0.0.1.example.com/jwks', ['JWT_JWKS_URL']],
  ['http://127.0.0.1:8080/jwks', []],
  ['http://[::1]:8080/jwks', []],
  ['file:///jwks', ['JWT_JWKS_URL']],
])('the keys of tokens come over https or from this machine: %s', (JWT_JWKS_URL, names) => {
  expect(namesIn({ ...JWT, JWT_JWKS_URL })).toEqual(names);
});

it('the auth config holds the settings of its mode and no others', () => {
  expect(readApiConfig(GOOD).auth).toEqual({ kind: 'none' });
  expect(readApiConfig({ ...GOOD, AUTH: 'keys' }).auth).toEqual({ kind: 'keys', staleMaxMs: 900_000 });
  expect(readApiConfig({ ...GOOD, ...JWT, JWT_ORG_CLAIM: 'org' }).auth).toEqual({
    kind: 'jwt',
    jwksUrl: JWT.JWT_JWKS_URL,
    issuer: JWT.JWT_ISSUER,
    audience: JWT.JWT_AUDIENCE,
    orgClaim: 'org',
  });
  const more = { JWT_OPERATOR_SCOPE: 'slotline:operate', JWT_TYP: 'at+jwt', JWT_MAX_AGE: '3600' };
  expect(readApiConfig({ ...GOOD, ...JWT, ...more }).auth).toMatchObject({
    ...{ operatorScope: 'slotline:operate', typ: 'at+jwt', maxAgeS: 3_600 },
  });
});

it.each([
  ...['read', 'write', 'webhooks', 'two scopes', 'a"b', 'a\\b', 'ä'].map((scope) => [
    'JWT_OPERATOR_SCOPE',
    scope,
  ]),
  ...['0', '-1', '1.5', '31536001', '1h'].map((age) => ['JWT_MAX_AGE', age]),
  ...['at jwt', 'a/b/c', '/jwt'].map((typ) => ['JWT_TYP', typ]),
])('%s cannot be %j', (name, value) => {
  expect(namesIn({ ...JWT, [name]: value })).toEqual([name]);
});

it('a missing AUTH is named together with every other bad setting', () => {
  expect(namesIn({ HOST: '0.0.0.0', PORT: 'x', REDIS_URL: 'http://x' }).sort()).toEqual([
    'AUTH',
    'PORT',
    'REDIS_URL',
  ]);
});

it.each([
  [{}, false],
  [{ NODE_ENV: 'production' }, true],
  [{ NODE_ENV: 'production', ACCEPT_DURABILITY: 'relaxed' }, false],
  [{ NODE_ENV: 'test', ACCEPT_DURABILITY: 'strict' }, false],
])('with %j Redis must be durable: %j', (environment, mustBeDurable) => {
  expect(readApiConfig({ ...GOOD, ...environment }).mustBeDurable).toBe(mustBeDurable);
});

it('private webhook addresses are refused in production, and the refusal names both settings', () => {
  const open = { WEBHOOK_ALLOW_PRIVATE: 'true' };
  expect(readApiConfig({ ...GOOD, ...open }).webhooks.policy.allowPrivate).toBe(true);
  const refusal = () => readApiConfig({ ...GOOD, ...open, NODE_ENV: 'production' });
  expect(refusal).toThrow(ConfigError);
  expect(refusal).toThrow(/WEBHOOK_ALLOW_PRIVATE.*NODE_ENV=production/);
  expect(namesIn({ ...open, NODE_ENV: 'production', PORT: 'x' }).sort()).toEqual([
    'PORT',
    'WEBHOOK_ALLOW_PRIVATE',
  ]);
});

it('webhooks have their ports and an optional key of 32 bytes', () => {
  const { webhooks } = readApiConfig(GOOD);
  expect(webhooks).toEqual({
    policy: { allowPrivate: false, ports: [443, 8443] },
    secretsKey: undefined,
    keptDays: 30,
  });
  const key = Buffer.alloc(32, 1);
  const set = readApiConfig({
    ...GOOD,
    WEBHOOK_PORTS: '443, 9443',
    WEBHOOK_SECRETS_KEY: key.toString('base64'),
  });
  expect(set.webhooks.policy.ports).toEqual([443, 9_443]);
  expect(Buffer.from(set.webhooks.secretsKey ?? [])).toEqual(key);
});

it('a bad key is named by its setting and not shown', () => {
  expect(namesIn({ WEBHOOK_SECRETS_KEY: 'canary' })).toEqual(['WEBHOOK_SECRETS_KEY']);
  expect(() => readApiConfig({ ...GOOD, WEBHOOK_SECRETS_KEY: 'canary' })).not.toThrow(/canary/);
});

it('connections default to two for each CPU', () => {
  expect([1, 2, 3, 5, 64].map(connectionsFor)).toEqual([4, 4, 6, 10, 10]);
  expect(readApiConfig(GOOD).databasePoolMax).toBe(connectionsFor(availableParallelism()));
  expect(readApiConfig({ ...GOOD, DATABASE_POOL_MAX: '1' }).databasePoolMax).toBe(1);
  expect(namesIn({ DATABASE_POOL_MAX: '0' })).toEqual(['DATABASE_POOL_MAX']);
});

it('a replica and the number of streams may be set, within bounds', () => {
  const defaults = readApiConfig(GOOD);
  expect([defaults.databaseReadUrl, defaults.streamsMax]).toEqual([undefined, 1_000]);
  const set = readApiConfig({ ...GOOD, DATABASE_READ_URL: 'postgres://replica/db', STREAMS_MAX: '0' });
  expect([set.databaseReadUrl, set.streamsMax]).toEqual(['postgres://replica/db', 0]);
  const bad = { DATABASE_READ_URL: 'http://replica', STREAMS_MAX: '100001' };
  expect(namesIn(bad).sort()).toEqual(['DATABASE_READ_URL', 'STREAMS_MAX']);
});

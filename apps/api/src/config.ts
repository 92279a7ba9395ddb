// All settings of an API process. docs/operating.md documents their meaning, risks and defaults.

import { availableParallelism } from 'node:os';
import {
  base64Of,
  caFile,
  contradictsCa,
  databaseUrl,
  flag,
  integer,
  logLevel,
  portList,
  proveDatabase,
  readConfig,
  redisUrl,
  urlOf,
  type Environment,
} from '@slotline/runtime';
import { z } from 'zod';
import type { AuthConfig } from './access/auth-config.ts';
import { BATCH_BODY_BYTES_MAX } from './http/read-body.ts';
import { originList, trustedProxies } from './http-settings.ts';
import { mediaType, operatorScope } from './access/jwt-settings.ts';

/** The part of `STREAMS_MAX` that one organisation may have. */
const ORG_STREAMS_SHARE = 1 / 4;

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/**
 * Two per CPU: where PostgreSQL shares the CPUs, more make the event loop wait for one (docs/decisions/0032).
 */
export function connectionsFor(cpus: number): number {
  return Math.min(10, Math.max(4, 2 * cpus));
}

const schema = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: integer({ min: 0, max: 65_535 }).default(3_000),
    /**
     * Network interface of the operators' port, with admin routes and metrics; must not be reachable from
     * other networks.
     */
    ADMIN_HOST: z.string().default('127.0.0.1'),
    ADMIN_PORT: integer({ min: 0, max: 65_535 }).default(3_001),
    /** Origins of the pages that may read the answers. */
    CORS_ORIGINS: originList.default([]),
    /** The proxies that may set trusted `X-Forwarded-*` headers. */
    TRUST_PROXY: trustedProxies.default(false),
    DATABASE_URL: databaseUrl,
    /** CA certificate for PostgreSQL and its replica; makes the connection `verify-full`. */
    DATABASE_CA_FILE: caFile.optional(),
    /** A replica for reads that may lag. */
    DATABASE_READ_URL: databaseUrl.optional(),
    REDIS_URL: redisUrl,
    /** CA certificate for a `rediss://` server. */
    REDIS_CA_FILE: caFile.optional(),
    QUEUE_NAME: z.string().default('slotline'),
    QUEUE_SHARDS: integer({ min: 1, max: 1_024 }).default(1),
    /** Undecided requests that one org may have. */
    MAILBOX_MAX: integer({ min: 1, max: 1_000_000 }).default(10_000),
    /** Total bytes of an org's undecided requests. */
    MAILBOX_BYTES_MAX: integer({ min: 1_048_576, max: 1_073_741_824 }).default(16_777_216),
    REDIS_MIN_REPLICAS: integer({ min: 0, max: 100 }).default(0),
    ACCEPT_DURABILITY: z.enum(['strict', 'relaxed']).default('strict'),
    /** How clients authenticate. `none` admits every client, and only on loopback. */
    AUTH: z.enum(['none', 'keys', 'jwt']).default('none'),
    /** How long known keys stay valid while PostgreSQL is unreachable. */
    KEYS_STALE_MAX_MS: integer({ min: 1_000, max: 86_400_000 }).default(900_000),
    /** URL of the public keys that verify tokens; https, or http on this machine. */
    JWT_JWKS_URL: urlOf('https', 'http')
      .refine(isSafeToAsk, 'must be https, but for a loopback address')
      .optional(),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
    /** The claim of a token that names its org. */
    JWT_ORG_CLAIM: z.string().default('org_id'),
    /** The scope that makes a token without an org an operator's. Unset: no token is an operator's. */
    JWT_OPERATOR_SCOPE: operatorScope.optional(),
    /** Required `typ` header of a token. */
    JWT_TYP: mediaType.optional(),
    /** Seconds after `iat` at which a token is refused. */
    JWT_MAX_AGE: integer({ min: 1, max: 31_536_000 }).optional(),
    NODE_ENV: z.string().default('development'),
    DATABASE_POOL_MAX: integer({ min: 1, max: 1_000 }).default(connectionsFor(availableParallelism())),
    /** Expected wait in milliseconds above which further requests get 503; 0 never refuses. */
    ADMISSION_WAIT_MAX_MS: integer({ min: 0, max: 60_000 }).default(250),
    /** Bytes of request bodies that one process holds at once; an organisation may hold a quarter of them. */
    BODIES_BYTES_MAX: integer({ min: 4 * BATCH_BODY_BYTES_MAX, max: 2 ** 40 }).default(64 * 1024 * 1024),
    /** Requests per second that an org, and a credential, may make in the long run; 0 sets no limit. */
    ORG_REQUESTS_PER_S: integer({ min: 0, max: 1_000_000 }).default(0),
    KEY_REQUESTS_PER_S: integer({ min: 0, max: 1_000_000 }).default(0),
    /** Requests that may arrive at once; twice the rate when unset. */
    ORG_BURST: integer({ min: 2, max: 10_000_000 }).optional(),
    KEY_BURST: integer({ min: 2, max: 10_000_000 }).optional(),
    /** Server-sent event streams that one process has open at once. */
    STREAMS_MAX: integer({ min: 0, max: 100_000 }).default(1_000),
    /** The part of them that one organisation may have; a quarter when unset. */
    ORG_STREAMS_MAX: integer({ min: 0, max: 100_000 }).optional(),
    /** Total bytes of answers that wait for their clients. An org's share of it must hold a page. */
    ANSWER_BYTES_MAX: integer({ min: 4_194_304, max: 1_099_511_627_776 }).default(67_108_864),
    /**
     * Allows loopback and private addresses, http and any port for webhooks. Only for tests and development.
     */
    WEBHOOK_ALLOW_PRIVATE: flag.default(false),
    WEBHOOK_PORTS: portList.default([443, 8443]),
    /** Encrypts the secrets of webhooks; must be equal in all processes. */
    WEBHOOK_SECRETS_KEY: base64Of(32).optional(),
    /** Must be equal to the workers' setting. */
    DELIVERIES_KEPT_DAYS: integer({ min: 1, max: 3_650 }).default(30),
    SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000 }).default(15_000),
    LOG_LEVEL: logLevel,
  })
  .refine((env) => hasAuthOrLoopback(env), {
    path: ['AUTH'],
    message:
      'must be keys or jwt when HOST or ADMIN_HOST is not a loopback address: AUTH=none lets every client that reaches the port book for every org',
    // Checked even when other settings are invalid, so that all bad settings are reported at once.
    when: ({ value }) => hasHost(value),
  })
  .refine(...neededByJwt('JWT_JWKS_URL'))
  .refine(...neededByJwt('JWT_ISSUER'))
  .refine(...neededByJwt('JWT_AUDIENCE'))
  .refine((env) => !hasOnePort(env), {
    path: ['ADMIN_PORT'],
    message: 'must be another port than PORT: the admin routes have one of their own',
    when: () => true,
  })
  .refine((env) => !isOpenBehindProxy(env), {
    path: ['TRUST_PROXY'],
    message: 'must be none with AUTH=none, which refuses what a proxy passes on: set AUTH=keys or AUTH=jwt',
    when: () => true,
  })
  .refine((env) => !isPrivateInProduction(env), {
    path: ['WEBHOOK_ALLOW_PRIVATE'],
    message:
      'must not be true with NODE_ENV=production: every org could reach your private network through it',
    when: () => true,
  })
  .refine((env) => !contradictsCa(env.DATABASE_CA_FILE, env.DATABASE_URL), {
    path: ['DATABASE_URL'],
    message: 'must not have sslmode=disable beside DATABASE_CA_FILE',
  })
  .refine((env) => !contradictsCa(env.REDIS_CA_FILE, env.REDIS_URL), {
    path: ['REDIS_URL'],
    message: 'must begin with rediss:// beside REDIS_CA_FILE',
  })
  .transform((env) => ({
    host: env.HOST,
    port: env.PORT,
    admin: { host: env.ADMIN_HOST, port: env.ADMIN_PORT },
    auth: toAuth(env),
    http: { corsOrigins: env.CORS_ORIGINS, trustProxy: env.TRUST_PROXY, isOpen: env.AUTH === 'none' },
    databaseUrl: proveDatabase(env.DATABASE_URL, env.DATABASE_CA_FILE),
    databasePoolMax: env.DATABASE_POOL_MAX,
    databaseReadUrl: env.DATABASE_READ_URL && proveDatabase(env.DATABASE_READ_URL, env.DATABASE_CA_FILE),
    redisUrl: env.REDIS_URL,
    redisCa: env.REDIS_CA_FILE?.pem,
    redisMinReplicas: env.REDIS_MIN_REPLICAS,
    queueName: env.QUEUE_NAME,
    queueShards: env.QUEUE_SHARDS,
    mailboxMax: env.MAILBOX_MAX,
    mailboxBytesMax: env.MAILBOX_BYTES_MAX,
    mustBeDurable: env.NODE_ENV === 'production' && env.ACCEPT_DURABILITY === 'strict',
    admissionWaitMaxMs: env.ADMISSION_WAIT_MAX_MS,
    bodiesBytesMax: env.BODIES_BYTES_MAX,
    limits: {
      org: toBucket({ perSecond: env.ORG_REQUESTS_PER_S, burst: env.ORG_BURST }),
      key: toBucket({ perSecond: env.KEY_REQUESTS_PER_S, burst: env.KEY_BURST }),
    },
    streamsMax: env.STREAMS_MAX,
    orgStreamsMax: env.ORG_STREAMS_MAX ?? Math.ceil(env.STREAMS_MAX * ORG_STREAMS_SHARE),
    answerBytesMax: env.ANSWER_BYTES_MAX,
    webhooks: {
      policy: { allowPrivate: env.WEBHOOK_ALLOW_PRIVATE, ports: env.WEBHOOK_PORTS },
      secretsKey: env.WEBHOOK_SECRETS_KEY,
      keptDays: env.DELIVERIES_KEPT_DAYS,
    },
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    logLevel: env.LOG_LEVEL,
  }));

function toBucket({ perSecond, burst }: { perSecond: number; burst: number | undefined }) {
  return perSecond === 0 ? undefined : { perSecond, burst: burst ?? Math.max(2, perSecond * 2) };
}

function hasHost(env: unknown): env is { HOST: string } {
  return env !== null && typeof env === 'object' && 'HOST' in env && typeof env.HOST === 'string';
}

function hasAuthOrLoopback(env: { HOST: string; ADMIN_HOST?: unknown; AUTH?: unknown }): boolean {
  const hosts = [env.HOST, env.ADMIN_HOST].filter((host) => typeof host === 'string');
  // An unknown mode has been refused already.
  return env.AUTH !== 'none' || hosts.every((host) => LOOPBACK.test(host));
}

// Keys fetched over plain HTTP could be forged. A malformed URL has been refused already.
function isSafeToAsk(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol !== 'http:' || LOOPBACK.test(url.hostname.replace(/^\[|\]$/g, ''));
}

type JwtSetting = 'JWT_JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE';

type Refinement = [
  isFine: (env: { AUTH?: unknown } & { [name in JwtSetting]?: unknown }) => boolean,
  options: { path: string[]; message: string; when: () => boolean },
];

function neededByJwt(name: JwtSetting): Refinement {
  return [
    (env) => env.AUTH !== 'jwt' || env[name] !== undefined,
    { path: [name], message: 'must be set with AUTH=jwt', when: () => true },
  ];
}

interface AuthSettings {
  readonly AUTH: 'none' | 'keys' | 'jwt';
  readonly KEYS_STALE_MAX_MS: number;
  readonly JWT_JWKS_URL?: string | undefined;
  readonly JWT_ISSUER?: string | undefined;
  readonly JWT_AUDIENCE?: string | undefined;
  readonly JWT_ORG_CLAIM: string;
  readonly JWT_OPERATOR_SCOPE?: string | undefined;
  readonly JWT_TYP?: string | undefined;
  readonly JWT_MAX_AGE?: number | undefined;
}

function toAuth(env: AuthSettings): AuthConfig {
  const { JWT_JWKS_URL: jwksUrl = '', JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '' } = env;
  switch (env.AUTH) {
    case 'none':
      return { kind: 'none' };
    case 'keys':
      return { kind: 'keys', staleMaxMs: env.KEYS_STALE_MAX_MS };
    case 'jwt':
      return {
        ...{ kind: 'jwt', jwksUrl, issuer, audience, orgClaim: env.JWT_ORG_CLAIM },
        ...{ operatorScope: env.JWT_OPERATOR_SCOPE, typ: env.JWT_TYP, maxAgeS: env.JWT_MAX_AGE },
      };
  }
}

function hasOnePort(env: { PORT?: unknown; ADMIN_PORT?: unknown }): boolean {
  return typeof env.PORT === 'number' && env.PORT !== 0 && env.PORT === env.ADMIN_PORT;
}

function isOpenBehindProxy(env: { AUTH?: unknown; TRUST_PROXY?: unknown }): boolean {
  // A value that cannot be parsed is still text here, and has its own error.
  return env.AUTH === 'none' && (typeof env.TRUST_PROXY === 'number' || Array.isArray(env.TRUST_PROXY));
}

function isPrivateInProduction(env: { WEBHOOK_ALLOW_PRIVATE?: unknown; NODE_ENV?: unknown }): boolean {
  return env.WEBHOOK_ALLOW_PRIVATE === true && env.NODE_ENV === 'production';
}

export type ApiConfig = z.output<typeof schema>;

/** Throws a `ConfigError` that names every bad setting. */
export function readApiConfig(environment: Environment): ApiConfig {
  return readConfig(schema, environment);
}

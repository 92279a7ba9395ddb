// Every setting of an API process. Meaning, danger, neighbours and defaults are in docs/operating.md.

import {
  base64Of,
  flag,
  integer,
  logLevel,
  portList,
  readConfig,
  urlOf,
  type Environment,
} from '@slotline/runtime';
import { z } from 'zod';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

const schema = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: integer({ min: 0, max: 65_535 }).default(3_000),
    /** Where the operators' port listens: admin routes and metrics, for nobody else's network. */
    ADMIN_HOST: z.string().default('127.0.0.1'),
    ADMIN_PORT: integer({ min: 0, max: 65_535 }).default(3_001),
    DATABASE_URL: urlOf('postgres', 'postgresql'),
    /** A replica for the reads that may lag. */
    DATABASE_READ_URL: urlOf('postgres', 'postgresql').optional(),
    REDIS_URL: urlOf('redis', 'rediss'),
    QUEUE_NAME: z.string().default('slotline'),
    QUEUE_SHARDS: integer({ min: 1, max: 1_024 }).default(1),
    /** Undecided requests that one org may have. */
    MAILBOX_MAX: integer({ min: 1, max: 1_000_000 }).default(10_000),
    REDIS_MIN_REPLICAS: integer({ min: 0, max: 100 }).default(0),
    ACCEPT_DURABILITY: z.enum(['strict', 'relaxed']).default('strict'),
    AUTH: z.enum(['none']).optional(),
    NODE_ENV: z.string().default('development'),
    DATABASE_POOL_MAX: integer({ min: 1, max: 1_000 }).default(10),
    /** Server-sent event streams that one process has open at once. */
    STREAMS_MAX: integer({ min: 0, max: 100_000 }).default(1_000),
    /** Takes loopback and private addresses, http and any port for webhooks. For tests and development alone. */
    WEBHOOK_ALLOW_PRIVATE: flag.default(false),
    WEBHOOK_PORTS: portList.default([443, 8443]),
    /** Seals the secrets of webhooks; the same everywhere. */
    WEBHOOK_SECRETS_KEY: base64Of(32).optional(),
    /** As the workers have it. */
    DELIVERIES_KEPT_DAYS: integer({ min: 1, max: 3_650 }).default(30),
    SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000 }).default(15_000),
    LOG_LEVEL: logLevel,
  })
  .refine((env) => hasAuthOrLoopback(env), {
    path: ['AUTH'],
    message:
      'must be set when HOST or ADMIN_HOST is not a loopback address: AUTH=none lets everybody who reaches the port book for every org',
    // Judged whatever else is wrong, so that a refusal names every bad setting at once.
    when: ({ value }) => hasHost(value),
  })
  .refine((env) => !hasOnePort(env), {
    path: ['ADMIN_PORT'],
    message: 'must be another port than PORT: the admin routes have one of their own',
    when: () => true,
  })
  .refine((env) => !isPrivateInProduction(env), {
    path: ['WEBHOOK_ALLOW_PRIVATE'],
    message:
      'must not be true with NODE_ENV=production: every org could reach your private network through it',
    when: () => true,
  })
  .transform((env) => ({
    host: env.HOST,
    port: env.PORT,
    admin: { host: env.ADMIN_HOST, port: env.ADMIN_PORT },
    databaseUrl: env.DATABASE_URL,
    databasePoolMax: env.DATABASE_POOL_MAX,
    databaseReadUrl: env.DATABASE_READ_URL,
    redisUrl: env.REDIS_URL,
    redisMinReplicas: env.REDIS_MIN_REPLICAS,
    queueName: env.QUEUE_NAME,
    queueShards: env.QUEUE_SHARDS,
    mailboxMax: env.MAILBOX_MAX,
    mustBeDurable: env.NODE_ENV === 'production' && env.ACCEPT_DURABILITY === 'strict',
    streamsMax: env.STREAMS_MAX,
    webhooks: {
      policy: { allowPrivate: env.WEBHOOK_ALLOW_PRIVATE, ports: env.WEBHOOK_PORTS },
      secretsKey: env.WEBHOOK_SECRETS_KEY,
      keptDays: env.DELIVERIES_KEPT_DAYS,
    },
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    logLevel: env.LOG_LEVEL,
  }));

function hasHost(env: unknown): env is { HOST: string } {
  return env !== null && typeof env === 'object' && 'HOST' in env && typeof env.HOST === 'string';
}

function hasAuthOrLoopback(env: { HOST: string; ADMIN_HOST?: unknown; AUTH?: unknown }): boolean {
  const hosts = [env.HOST, env.ADMIN_HOST].filter((host) => typeof host === 'string');
  return env.AUTH !== undefined || hosts.every((host) => LOOPBACK.test(host));
}

function hasOnePort(env: { PORT?: unknown; ADMIN_PORT?: unknown }): boolean {
  return typeof env.PORT === 'number' && env.PORT !== 0 && env.PORT === env.ADMIN_PORT;
}

function isPrivateInProduction(env: { WEBHOOK_ALLOW_PRIVATE?: unknown; NODE_ENV?: unknown }): boolean {
  return env.WEBHOOK_ALLOW_PRIVATE === true && env.NODE_ENV === 'production';
}

export type ApiConfig = z.output<typeof schema>;

/** Throws a `ConfigError` that names every bad setting. */
export function readApiConfig(environment: Environment): ApiConfig {
  return readConfig(schema, environment);
}

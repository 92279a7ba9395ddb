// Every setting of a worker process. Meaning, risks, related settings and defaults are in docs/operating.md.

import { GROUP_REQUESTS_MAX } from '@slotline/db';
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
  readRenamed,
  redisUrl,
  type Environment,
} from '@slotline/runtime';
import { z } from 'zod';
import { UNPROVEN_ORG_PER_MINUTE, UNPROVEN_PER_MINUTE } from './deliver/limits.ts';

const WORKER_ROLES = ['decide', 'deliver'] as const;

const ROLES_ERROR = `must be one or more of ${WORKER_ROLES.join(', ')}, with commas between`;

const roles = z.string().transform((text, context) => {
  const named = new Set(text.split(',').map((role) => role.trim()));
  const known = WORKER_ROLES.filter((role) => named.delete(role));
  if (known.length > 0 && named.size === 0) return known;
  context.addIssue({ code: 'custom', message: ROLES_ERROR });
  return z.NEVER;
});

const schema = z
  .object({
    /** What this process does. The work of a role that no process has is not done. */
    WORKER_ROLES: roles.default([...WORKER_ROLES]),
    DATABASE_URL: databaseUrl,
    /** The CA of PostgreSQL and its replica; makes the connection `verify-full`. */
    DATABASE_CA_FILE: caFile.optional(),
    REDIS_URL: redisUrl,
    /** The CA of a `rediss://` server. */
    REDIS_CA_FILE: caFile.optional(),
    QUEUE_NAME: z.string().default('slotline'),
    QUEUE_SHARDS: integer({ min: 1, max: 1_024 }).default(1),
    /** Deciding transactions at once; each uses one connection. */
    COMMIT_CONCURRENCY: integer({ min: 1, max: 64 }).default(2),
    /** Most requests that one transaction decides. */
    COMMIT_GROUP_MAX: integer({ min: 1, max: GROUP_REQUESTS_MAX }).default(500),
    /** Most requests of one batch, times the org's weight, while other orgs are served as well. */
    SHARED_BATCH_MAX: integer({ min: 1, max: GROUP_REQUESTS_MAX }).default(100),
    /** Orgs that one process serves at once. */
    WORKER_CONCURRENCY: integer({ min: 1, max: 1_000 }).default(64),
    /** Receivers that one process posts to at once, several posts each. */
    DELIVERY_CONCURRENCY: integer({ min: 1, max: 4_096 }).default(256),
    /** The part of them that one org may use, and the part at one destination. A quarter when unset. */
    DELIVERY_ORG_CONCURRENCY: integer({ min: 1, max: 4_096 }).optional(),
    DELIVERY_DESTINATION_CONCURRENCY: integer({ min: 1, max: 4_096 }).optional(),
    /** Posts a minute of one org to one host that has not answered it with 2xx, and to all such hosts. */
    DELIVERY_UNPROVEN_PER_MINUTE: integer({ min: 1, max: 100_000 }).default(UNPROVEN_PER_MINUTE),
    DELIVERY_UNPROVEN_ORG_PER_MINUTE: integer({ min: 1, max: 100_000 }).default(UNPROVEN_ORG_PER_MINUTE),
    /** How many days finished deliveries are kept. */
    DELIVERIES_KEPT_DAYS: integer({ min: 1, max: 3_650 }).default(30),
    /** Allows posts to loopback and private addresses, and to any port. Only for tests and development. */
    WEBHOOK_ALLOW_PRIVATE: flag.default(false),
    WEBHOOK_PORTS: portList.default([443, 8443]),
    /** Decrypts the secrets that the API encrypted with it; the same in every process. */
    WEBHOOK_SECRETS_KEY: base64Of(32).optional(),
    NODE_ENV: z.string().optional(),
    /** Pause between two checks for due holds. */
    HOLD_CHECK_MS: integer({ min: 10, max: 60_000 }).default(1_000),
    SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000 }).default(15_000),
    /** Port of `/healthz` and `/metrics`; none when unset. */
    HEALTH_PORT: integer({ min: 0, max: 65_535 }).optional(),
    HEALTH_HOST: z.string().default('127.0.0.1'),
    LOG_LEVEL: logLevel,
  })
  .refine((env) => !(env.WEBHOOK_ALLOW_PRIVATE && env.NODE_ENV === 'production'), {
    error: 'must not be true with NODE_ENV=production: every org could reach your private network through it',
    path: ['WEBHOOK_ALLOW_PRIVATE'],
  })
  .refine((env) => !contradictsCa(env.DATABASE_CA_FILE, env.DATABASE_URL), {
    path: ['DATABASE_URL'],
    message: 'must not have sslmode=disable when DATABASE_CA_FILE is set',
  })
  .refine((env) => !contradictsCa(env.REDIS_CA_FILE, env.REDIS_URL), {
    path: ['REDIS_URL'],
    message: 'must begin with rediss:// when REDIS_CA_FILE is set',
  })
  .transform((env) => ({
    roles: env.WORKER_ROLES,
    databaseUrl: proveDatabase(env.DATABASE_URL, env.DATABASE_CA_FILE),
    redisUrl: env.REDIS_URL,
    redisCa: env.REDIS_CA_FILE?.pem,
    queueName: env.QUEUE_NAME,
    queueShards: env.QUEUE_SHARDS,
    lanes: env.COMMIT_CONCURRENCY,
    commitGroupMax: env.COMMIT_GROUP_MAX,
    sharedBatchMax: env.SHARED_BATCH_MAX,
    concurrency: env.WORKER_CONCURRENCY,
    holdCheckMs: env.HOLD_CHECK_MS,
    delivery: {
      turns: env.DELIVERY_CONCURRENCY,
      orgTurns: env.DELIVERY_ORG_CONCURRENCY,
      destinationTurns: env.DELIVERY_DESTINATION_CONCURRENCY,
      unprovenPerMinute: env.DELIVERY_UNPROVEN_PER_MINUTE,
      unprovenOrgPerMinute: env.DELIVERY_UNPROVEN_ORG_PER_MINUTE,
      keptDays: env.DELIVERIES_KEPT_DAYS,
    },
    webhook: {
      policy: { allowPrivate: env.WEBHOOK_ALLOW_PRIVATE, ports: env.WEBHOOK_PORTS },
      secretsKey: env.WEBHOOK_SECRETS_KEY,
    },
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    health: env.HEALTH_PORT === undefined ? undefined : { port: env.HEALTH_PORT, host: env.HEALTH_HOST },
    logLevel: env.LOG_LEVEL,
  }));

export type WorkerConfig = z.output<typeof schema> & { readonly warnings: readonly string[] };

/** Old names, read until 0.3.0. */
const RENAMED = {
  LANES: 'COMMIT_CONCURRENCY',
  TURNS: 'WORKER_CONCURRENCY',
  DELIVERY_TURNS: 'DELIVERY_CONCURRENCY',
};

/** Throws a `ConfigError` that names every invalid setting. */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  const renamed = readRenamed(environment, RENAMED);
  return { ...readConfig(schema, renamed.environment), warnings: renamed.warnings };
}

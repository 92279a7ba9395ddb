// Every setting of a worker process. Meaning, danger, neighbours and defaults are in docs/operating.md.

import { GROUP_REQUESTS_MAX } from '@slotline/db';
import { integer, logLevel, readConfig, urlOf, type Environment } from '@slotline/runtime';
import { z } from 'zod';

const schema = z
  .object({
    DATABASE_URL: urlOf('postgres', 'postgresql'),
    REDIS_URL: urlOf('redis', 'rediss'),
    QUEUE_NAME: z.string().default('slotline'),
    QUEUE_SHARDS: integer({ min: 1, max: 1_024 }).default(1),
    /** Deciding transactions at once; each takes one connection. */
    LANES: integer({ min: 1, max: 64 }).default(2),
    /** Requests that one transaction decides at most. */
    COMMIT_GROUP_MAX: integer({ min: 1, max: GROUP_REQUESTS_MAX }).default(500),
    /** Orgs whose turns one process holds at once. */
    TURNS: integer({ min: 1, max: 1_000 }).default(64),
    SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000 }).default(15_000),
    /** Port of `/healthz` and `/metrics`; none when unset. */
    HEALTH_PORT: integer({ min: 0, max: 65_535 }).optional(),
    HEALTH_HOST: z.string().default('127.0.0.1'),
    LOG_LEVEL: logLevel,
  })
  .transform((env) => ({
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    queueName: env.QUEUE_NAME,
    queueShards: env.QUEUE_SHARDS,
    lanes: env.LANES,
    commitGroupMax: env.COMMIT_GROUP_MAX,
    turns: env.TURNS,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    health: env.HEALTH_PORT === undefined ? undefined : { port: env.HEALTH_PORT, host: env.HEALTH_HOST },
    logLevel: env.LOG_LEVEL,
  }));

export type WorkerConfig = z.output<typeof schema>;

/** Throws a `ConfigError` that names every bad setting. */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  return readConfig(schema, environment);
}

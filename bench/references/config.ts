// The settings of the reference services, by the names that ours have.

import type { Environment } from '@slotline/runtime';

export interface ReferenceConfig {
  readonly logLevel: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Namespace of the queues in Redis. */
  readonly queueName: string;
}

export function readReferenceConfig(environment: Environment): ReferenceConfig {
  return {
    logLevel: environment['LOG_LEVEL'] ?? 'warn',
    databaseUrl: environment['DATABASE_URL'] ?? '',
    redisUrl: environment['REDIS_URL'] ?? '',
    queueName: environment['QUEUE_NAME'] ?? 'reference',
  };
}

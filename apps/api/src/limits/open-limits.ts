// Opens the configured limits on their own Redis connection, so that limits and accepts never wait for each
// other. Without limits there is no connection and no work per request.

import { openRedis } from '@slotline/queue';
import type { Logger } from '@slotline/runtime';
import { createLimits, type Limits } from './limits.ts';
import type { BucketName } from './dues.ts';
import { createTokenBucket, type BucketSettings } from './token-bucket.ts';

/** `undefined` where there is no limit. */
type LimitSettings = Readonly<Record<BucketName, BucketSettings | undefined>>;

export interface OpenLimits {
  /** `undefined` when nothing is limited. */
  readonly limits: Limits | undefined;
  close(): Promise<void>;
}

export interface LimitsConfig {
  readonly limits: LimitSettings;
  readonly redisUrl: string;
  readonly redisCa?: string | undefined;
  readonly queueName: string;
}

/** Every request waits up to this time for a Redis that hangs, before it is counted in memory. */
const COMMAND_TIMEOUT_MS = 250;

/** Rejects with a `QueueUnavailableError` when Redis is unreachable. */
export async function openLimits(
  { limits, redisUrl, redisCa, queueName: name }: LimitsConfig,
  { logger }: { logger: Logger },
): Promise<OpenLimits> {
  if (limits.org === undefined && limits.key === undefined) return NO_LIMITS;
  const redis = await openRedis({
    redisUrl,
    redisCa,
    name,
    role: 'limits',
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    onEvent: ({ kind, ...facts }) => logger.warn(facts, `limits: ${kind}`),
  });
  const open = (bucket: BucketName) => {
    const settings = limits[bucket];
    const prefix = `${name}:limit:${bucket}`;
    return settings === undefined ? undefined : createTokenBucket({ redis, prefix, ...settings });
  };
  return { limits: createLimits({ org: open('org'), key: open('key') }), close: async () => redis.close() };
}

const NO_LIMITS: OpenLimits = { limits: undefined, close: async () => undefined };

// Token buckets in Redis, by rate-limiter-flexible. The library's own counters are fixed windows, which allow
// twice the limit around a window's end. Its counting script is replaced by a token bucket that stores one
// time per key, at which the bucket is full again (as GCRA does). Checking and taking are atomic, so
// processes share a bucket exactly. While Redis is unreachable each process counts separately in memory.

import type { OpenRedis } from '@slotline/queue';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

export interface BucketSettings {
  /** Points that come back each second. */
  readonly perSecond: number;
  /** Points that a full bucket holds, at least 2. */
  readonly burst: number;
}

export interface Taking {
  readonly isGranted: boolean;
  /** Whole points left; 0 when not granted. */
  readonly remaining: number;
  /** Granted: until the bucket is full again. Not granted: until it holds the requested points. */
  readonly waitMs: number;
}

export interface TokenBucket extends BucketSettings {
  /**
   * Takes all points or none. A request larger than `burst` is granted when the bucket holds at least `burst
   * - 1` points; the balance then goes negative. The first point is taken before the total is known.
   */
  take(key: string, points: number): Promise<Taking>;
  /** Gives back points that were taken for a refused request. */
  giveBack(key: string, points: number): Promise<void>;
}

const BUCKET_LUA = `
--[[
  KEYS[1]  when (ms) the bucket is full again; missing = it is
  ARGV     points (negative gives back), a number that is not used, burst, seconds in which an empty bucket fills
  Returns  { taken, ms } granted: points that are missing in the bucket now, ms until none is
           { burst + 1, ms } refused, nothing written: ms until it could be granted
]]
local points, burst = tonumber(ARGV[1]), tonumber(ARGV[3])
local msPerPoint = tonumber(ARGV[4]) * 1000 / burst
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + time[2] / 1000
local fullMs = math.max(nowMs, tonumber(redis.call('GET', KEYS[1]) or 0))
local overMs = fullMs - nowMs + (math.min(points, burst - 1) - burst) * msPerPoint
if overMs > 0.001 then return { burst + 1, math.ceil(overMs) } end
local leftMs = math.max(0, fullMs - nowMs + points * msPerPoint)
redis.call('SET', KEYS[1], string.format('%.3f', nowMs + leftMs), 'PX', math.ceil(leftMs) + 1000)
return { math.min(burst, math.ceil(leftMs / msPerPoint - 0.001)), math.ceil(leftMs) }
`;

export interface TokenBucketOptions extends BucketSettings {
  readonly redis: OpenRedis;
  /** Prefix of the keys in Redis. */
  readonly prefix: string;
}

export function createTokenBucket({ redis, prefix, perSecond, burst }: TokenBucketOptions): TokenBucket {
  const seconds = burst / perSecond;
  // The library counts windows in whole seconds and uses this script only for windows of at least one.
  const windowSeconds = Math.max(1, Math.ceil(seconds));
  const options = { customDuration: windowSeconds };
  const limiter = new RateLimiterRedis({
    storeClient: redis.client,
    keyPrefix: prefix,
    points: burst,
    duration: seconds,
    customIncrTtlLuaScript: BUCKET_LUA,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory({
      points: Math.max(burst, Math.ceil(perSecond * windowSeconds)),
      duration: windowSeconds,
    }),
  });
  return {
    perSecond,
    burst,
    take: async (key, points) => {
      try {
        return toTaking(await limiter.consume(tagged(key), points, options), true);
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return toTaking(refusal, false);
        throw refusal;
      }
    },
    giveBack: async (key, points) => void (await limiter.reward(tagged(key), points, options)),
  };
}

function toTaking({ remainingPoints, msBeforeNext }: RateLimiterRes, isGranted: boolean): Taking {
  return { isGranted, remaining: isGranted ? remainingPoints : 0, waitMs: Math.max(0, msBeforeNext) };
}

// The braces make each key its own hash slot, so that a cluster spreads the keys.
function tagged(key: string): string {
  return `{${key}}`;
}

// The bucket against a real Redis: exact across processes, with correct retry times, and usable without
// Redis.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openRedis, type OpenRedis } from '@slotline/queue';
import { startRedis, testRedis } from '@slotline/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenBucket, type BucketSettings } from '../src/limits/token-bucket.ts';

const opened: OpenRedis[] = [];
let name: string;
beforeEach(() => {
  name = testRedis().name;
});
afterEach(() => {
  for (const redis of opened.splice(0)) redis.close();
});

/** The bucket of another process, on its own connection. */
async function open(settings: BucketSettings, redisUrl = testRedis().url) {
  const onEvent = () => undefined;
  const redis = await openRedis({ redisUrl, name, role: 'limits', commandTimeoutMs: 250, onEvent });
  opened.push(redis);
  return { redis, bucket: createTokenBucket({ redis, prefix: `${name}:limit:org`, ...settings }) };
}

/** So slow that no point comes back within a test. */
const SLOW = { perSecond: 0.001, burst: 5 };

describe('a token bucket', () => {
  it('grants a burst, then refuses, and a refusal takes nothing', async () => {
    const { bucket } = await open(SLOW);
    for (const remaining of [4, 3, 2, 1, 0]) {
      expect(await bucket.take('acme', 1)).toMatchObject({ isGranted: true, remaining });
    }
    const waits: number[] = [];
    for (let time = 0; time < 3; time++) {
      const { isGranted, remaining, waitMs } = await bucket.take('acme', 1);
      expect([isGranted, remaining]).toEqual([false, 0]);
      waits.push(waitMs);
    }
    // At most the time of one point, and each wait is shorter than the one before.
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_000 / SLOW.perSecond);
    expect(waits).toEqual(waits.toSorted((a, b) => b - a));
  });

  it('is one bucket per key across processes', async () => {
    const [one, other] = [await open(SLOW), await open(SLOW)];
    const takings = await Promise.all(
      Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? one : other).bucket.take('acme', 1)),
    );
    expect(takings.filter(({ isGranted }) => isGranted)).toHaveLength(SLOW.burst);
    expect(await other.bucket.take('umbrella', 1)).toMatchObject({ isGranted: true });
  });

  it('holds the points again after the reported time', async () => {
    const { bucket } = await open({ perSecond: 20, burst: 2 });
    let refused = 0;
    while (refused < 5) {
      const { isGranted, waitMs } = await bucket.take('acme', 1);
      if (isGranted) continue;
      refused += 1;
      await sleep(waitMs + 1);
      expect(await bucket.take('acme', 1)).toMatchObject({ isGranted: true });
    }
  });

  it('takes all points or none', async () => {
    const { bucket } = await open(SLOW);
    await bucket.take('acme', 3);
    expect(await bucket.take('acme', 3)).toMatchObject({ isGranted: false });
    expect(await bucket.take('acme', 2)).toMatchObject({ isGranted: true, remaining: 0 });
  });

  it('grants more than its burst when at most one point is missing, with a negative balance', async () => {
    const { bucket } = await open({ perSecond: 100, burst: 5 });
    await bucket.take('acme', 1);
    expect(await bucket.take('acme', 104)).toMatchObject({ isGranted: true, remaining: 0 });
    const { isGranted, waitMs } = await bucket.take('acme', 1);
    expect(isGranted).toBe(false);
    // The three requests take 106 points, the bucket held five, and points return at 100 a second.
    expect(waitMs).toBeGreaterThan(900);
    expect(waitMs).toBeLessThanOrEqual(1_010);
  });

  it('accepts returned points', async () => {
    const { bucket } = await open(SLOW);
    await bucket.take('acme', 5);
    await bucket.giveBack('acme', 2);
    expect(await bucket.take('acme', 2)).toMatchObject({ isGranted: true, remaining: 0 });
    await bucket.giveBack('acme', 100);
    expect(await bucket.take('acme', 5)).toMatchObject({ isGranted: true, remaining: 0 });
    expect(await bucket.take('acme', 1)).toMatchObject({ isGranted: false });
  });

  it('leaves only keys that expire, under its prefix', async () => {
    const { bucket, redis } = await open({ perSecond: 10, burst: 20 });
    await bucket.take('acme', 20);
    const keys = await redis.client.keys(`${name}:*`);
    expect(keys).toEqual([`${name}:limit:org:{acme}`]);
    const ttlMs = await redis.client.pttl(keys[0] ?? '');
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(3_000);
  });
});

describe('while Redis is away', () => {
  it('each process counts separately, and the shared bucket is used again when Redis is back', async () => {
    const server = await startRedis();
    let later: typeof server | undefined;
    try {
      const { bucket, redis } = await open(SLOW, server.url);
      await bucket.take('acme', 5);
      expect(await bucket.take('acme', 1)).toMatchObject({ isGranted: false });
      await server.kill();
      // Its in-memory count starts from zero: reads continue and are still limited.
      const takings = await Promise.all(Array.from({ length: 12 }, () => bucket.take('acme', 1)));
      const granted = takings.filter(({ isGranted }) => isGranted).length;
      expect(granted).toBeGreaterThanOrEqual(SLOW.burst);
      expect(granted).toBeLessThan(12);
      later = await startRedis({ dir: server.dataDir, port: server.port });
      while (redis.client.status !== 'ready') await sleep(5);
      expect(await bucket.take('acme', 1)).toMatchObject({ isGranted: false });
    } finally {
      await (later ?? server).stop();
    }
  }, 30_000);
});

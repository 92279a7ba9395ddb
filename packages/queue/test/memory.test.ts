/** What an item and an org cost in Redis. */
import { describe, expect, it } from '@jest/globals';
import { startRedis } from '@slotline/testkit';
import type { Redis } from 'ioredis';
import { atEnd, completedAll, itemsOf, setup, until } from './setup.ts';

/** Memory without connection buffers, which depend on the last call and not on the items. */
async function usedBytesAlone(redis: Redis): Promise<number> {
  await until(async () => /connected_clients:1\r/.test(await redis.info('clients')));
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

describe('memory', () => {
  it('is at most 500 bytes for a queued item with a payload of 250', async () => {
    const server = await startRedis({ durable: false });
    atEnd(() => server.stop());
    const { openQueue, redis } = setup(server);
    const options = { mailboxMax: 1_000_000, name: 'slotline' };
    const warm = await openQueue(options);
    await warm.accept(itemsOf('warm', 1));
    await warm.close();
    const before = await usedBytesAlone(redis);
    const queue = await openQueue(options);
    const count = 20_000;
    for (let n = 0; n < count; n += 1_000) {
      await queue.accept(
        Array.from({ length: 1_000 }, (_, at) => ({
          // Ids as long as a UUID, and a typical org id.
          id: `0199a0b0-0000-7000-8000-${String(n + at).padStart(12, '0')}`,
          orgId: `org-${at % 100}`,
          payload: { n: at, filler: 'x'.repeat(230) },
        })),
      );
    }
    await queue.close();
    const bytes = ((await usedBytesAlone(redis)) - before) / count;
    expect(Math.ceil(bytes)).toBeLessThanOrEqual(500);
  });

  it('is nothing for orgs that are idle', async () => {
    const server = await startRedis({ durable: false });
    atEnd(() => server.stop());
    const { openQueue, openWorker, redis } = setup(server);
    const queue = await openQueue();
    await openWorker({ completedTtlMs: 1_000 });
    const orgIds = Array.from({ length: 200 }, (_, at) => `org-${at}`);
    await queue.accept(orgIds.flatMap((orgId) => itemsOf(orgId, 3)));
    await completedAll(
      queue,
      orgIds.flatMap((orgId) => itemsOf(orgId, 3)),
    );
    // The pace of an org is kept for a minute after its last item; it is deleted here.
    const paces = await redis.keys('{own:0}:pace:*');
    for (const key of paces) expect(await redis.pttl(key)).toBeGreaterThan(0);
    if (paces.length > 0) await redis.del(...paces);
    await until(async () => (await redis.keys('*org-*')).length === 0);
    // Partitions are held for a moment after their last item.
    await until(async () => (await redis.keys('*:turns:de:*')).length === 0);
    const left = (await redis.keys('*')).filter(
      (key) => !/^\{own:0\}:(seq|sweeper|turns:(id|meta|events|marker|stalled-check|stalled))$/.test(key),
    );
    expect(left).toEqual([]);
  });
});

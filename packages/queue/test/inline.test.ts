/**
 * Inline batches: the head of a mailbox that was empty is served without a take; late or repeated messages
 * are harmless.
 */
import { describe, expect, it } from '@jest/globals';
import { INLINE_BYTES_MAX, INLINE_ITEMS_MAX } from '../src/limits.ts';
import { createHeldPartition } from '../src/partition/held-partition.ts';
import { partitionOf } from '../src/redis/shards.ts';
import {
  atEnd,
  type Batch,
  completedAll,
  itemsOf,
  orgsOfPartition,
  orgsOfPartitions,
  partitionChannel,
  resultsOf,
  type Room,
  setup,
  until,
} from './setup.ts';

/**
 * Collects the messages on the channels of these orgs' partitions and on the work channel, in order of arrival.
 */
async function listen(room: Room, orgIds: readonly string[]): Promise<[string, string][]> {
  const subscriber = room.redis.duplicate();
  atEnd(async () => subscriber.disconnect());
  const heard: [string, string][] = [];
  subscriber.on('message', (channel: string, message: string) => void heard.push([channel, message]));
  await subscriber.subscribe(
    `{${room.name}:0}:work`,
    ...orgIds.map((orgId) => partitionChannel(room, orgId)),
  );
  return heard;
}

/** Opens a worker that holds the org's partition, and records the batches it handles from then on. */
async function openHolder(room: Room, orgId: string, handle?: (batch: Batch) => Promise<{ done: string }[]>) {
  const queue = await room.openQueue();
  const given: string[] = [];
  await room.openWorker({
    handle: async (batch) => {
      given.push(batch.items.map(({ id }) => id).join());
      return handle === undefined ? resultsOf(batch) : handle(batch);
    },
  });
  const first = itemsOf(orgId, 1, 1_000);
  await queue.accept(first);
  await completedAll(queue, first);
  await until(
    async () => Number((await room.redis.pubsub('NUMSUB', partitionChannel(room, orgId)))[1]) === 1,
  );
  given.length = 0;
  return { queue, given };
}

/** A message as published by lua/accept.lua; its entries follow all others unless `from` is given. */
function messageOf(orgId: string, ids: readonly string[], from = 1_000_000): string {
  const entries = ids.flatMap((id, at) => [`${from + at}-${Date.now()}`, id, '{"n":1}', '']);
  return JSON.stringify([[orgId, '1', entries]]);
}

describe('an inline batch', () => {
  it('is published only to the worker that holds the partition, head first', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const [a = '', b = ''] = orgsOfPartition(3, 2);
    const [c = ''] = orgsOfPartition(4, 1);
    const heard = await listen(room, [a, c]);
    const odd = { id: 'ü-"\\/😀', orgId: b, payload: { n: 7, filler: 'ü/\u0001😀' }, fingerprint: 'f' };
    await queue.accept([...itemsOf(a, 2), odd, ...itemsOf(c, 1)]);
    await until(() => heard.length === 2);
    const told = new Map(
      heard.flatMap(([channel, message]) =>
        (JSON.parse(message) as [string, string, string[]][]).map(([orgId, virtualTime, entries]) => [
          orgId,
          { channel, virtualTime, entries: entries.filter((_, at) => at % 4 !== 0) },
        ]),
      ),
    );
    expect([...told.keys()].sort()).toEqual([a, b, c].sort());
    expect(told.get(a)).toEqual({
      channel: partitionChannel(room, a),
      virtualTime: '1',
      entries: [`${a}-0`, '{"n":0}', '', `${a}-1`, '{"n":1}', ''],
    });
    expect(told.get(b)).toEqual({
      channel: partitionChannel(room, b),
      virtualTime: '1',
      entries: [odd.id, JSON.stringify(odd.payload), 'f'],
    });
    expect(told.get(c)?.channel).toBe(partitionChannel(room, c));
  });

  it('is not published for orgs that already have items or are paused', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const [a = '', paused = '', last = ''] = orgsOfPartition(3, 3);
    await queue.pause(paused);
    await queue.accept(itemsOf(a, 1));
    const heard = await listen(room, [a]);
    await queue.accept([...itemsOf(a, 1, 1), ...itemsOf(paused, 1)]);
    await queue.accept(itemsOf(last, 1));
    await until(() => heard.length === 1);
    expect(heard[0]?.[1]).toContain(`["${last}"`);
  });

  it.each([
    ['items', INLINE_ITEMS_MAX + 1, 0],
    ['bytes', 2, INLINE_BYTES_MAX / 2],
  ])('is named by its partitions alone when it is too much, by %s', async (_by, count, length) => {
    const room = setup();
    const queue = await room.openQueue();
    const orgIds = orgsOfPartitions(count);
    const heard = await listen(room, orgIds);
    await queue.accept(
      orgIds.map((orgId) => ({ id: orgId, orgId, payload: { n: 0, filler: 'x'.repeat(length) } })),
    );
    await until(() => heard.length === 1);
    expect(heard[0]?.[0]).toBe(`{${room.name}:0}:work`);
    expect(new Set(heard[0]?.[1].split(',').map(Number))).toEqual(new Set(orgIds.map(partitionOf)));
  });
});

describe('a worker that holds the partition', () => {
  it('serves an inline batch without reading the mailbox', async () => {
    const room = setup();
    const { given } = await openHolder(room, 'a');
    await room.redis.publish(partitionChannel(room, 'a'), messageOf('a', ['x', 'y']));
    await until(() => given.length === 1);
    expect(given).toEqual(['x,y']);
  });

  it('completes no entry that is no longer there, and continues', async () => {
    const room = setup();
    const { queue, given } = await openHolder(room, 'a');
    const completed = await room.redis.get(`{${room.name}:0}:i:a-1000`);
    await room.redis.publish(partitionChannel(room, 'a'), messageOf('a', ['a-1000', 'never-accepted']));
    await until(() => given.length === 1);
    await queue.accept(itemsOf('a', 1));
    expect(await completedAll(queue, itemsOf('a', 1))).toEqual([{ done: 'a-0' }]);
    expect(given).toEqual(['a-1000,never-accepted', 'a-0']);
    expect(await room.redis.get(`{${room.name}:0}:i:a-1000`)).toBe(completed);
    expect(await queue.find(['never-accepted'])).toEqual([undefined]);
    expect(await room.redis.zrange(partitionChannel(room, 'a'), '0', '-1')).toEqual([]);
  });

  it('ignores a late message with entries it has already taken', async () => {
    const room = setup();
    const { queue, given } = await openHolder(room, 'a');
    const other = orgsOfPartition(partitionOf('a'), 2).find((orgId) => orgId !== 'a') ?? '';
    await room.redis.publish(partitionChannel(room, 'a'), messageOf('a', ['a-1000'], 1));
    await queue.accept(itemsOf(other, 1));
    await completedAll(queue, itemsOf(other, 1));
    expect(given).toEqual([`${other}-0`]);
  });

  it('ignores a message for an org that it already serves', async () => {
    const room = setup();
    const gate = Promise.withResolvers<void>();
    const { queue, given } = await openHolder(room, 'a', async (batch) => {
      if (batch.items[0]?.id === 'a-0') await gate.promise;
      return resultsOf(batch);
    });
    await queue.accept(itemsOf('a', 1));
    await until(() => given.length === 1);
    await room.redis.publish(partitionChannel(room, 'a'), messageOf('a', ['a-0']));
    await queue.accept(itemsOf('a', 1, 1));
    // An org of the same partition: when it is served, the earlier message has been received.
    const other = orgsOfPartition(partitionOf('a'), 2).find((orgId) => orgId !== 'a') ?? '';
    await queue.accept(itemsOf(other, 1));
    await completedAll(queue, itemsOf(other, 1));
    gate.resolve();
    await completedAll(queue, itemsOf('a', 2));
    expect(given).toEqual(['a-0', `${other}-0`, 'a-1']);
  });

  it('handles nothing twice when messages and takes overlap', async () => {
    const room = setup();
    const [even, odd] = await Promise.all([room.openQueue(), room.openQueue()]);
    const given: string[] = [];
    await room.openWorker({
      handle: async (batch) => {
        for (const { id } of batch.items) given.push(`${batch.orgId} ${id}`);
        return resultsOf(batch);
      },
    });
    const orgIds = orgsOfPartitions(8);
    const accepted: string[] = [];
    for (let n = 0; n < 300; n += 1) {
      const items = orgIds.map((orgId) => ({ id: `${orgId}-${n}`, orgId, payload: { n } }));
      for (const { id, orgId } of items) accepted.push(`${orgId} ${id}`);
      // In separate calls, so that takes are in flight while messages arrive.
      await Promise.all(items.map((item, at) => ((n + at) % 2 === 0 ? even : odd).accept([item])));
    }
    await completedAll(
      even,
      orgIds.map((orgId) => ({ id: `${orgId}-299` })),
    );
    expect(given.toSorted()).toEqual(accepted.toSorted());
  });

  it('limits inline batches like taken ones', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const sizes: number[] = [];
    await room.openWorker({
      batchMax: 3,
      sharedBatchMax: 3,
      handle: async (batch) => {
        sizes.push(batch.items.length);
        return resultsOf(batch);
      },
    });
    for (let round = 0; round < 3; round += 1) {
      await queue.accept(itemsOf('a', 5, round * 5));
      await completedAll(queue, itemsOf('a', 5, round * 5));
    }
    expect(sizes).toEqual([3, 2, 3, 2, 3, 2]);
  });
});

describe("the worker's clock", () => {
  it('advances to a partition that is ahead, and moves up a partition that is behind or new', () => {
    const partition = createHeldPartition(0);
    expect(partition.pass(5, 100)).toBe(100);
    expect(partition.offset).toBe('95');
    expect(partition.pass(8, 100)).toBe(103);
    expect(partition.offset).toBe('95');
    expect(partition.pass(9, 300)).toBe(300);
    expect(partition.offset).toBe('291');
  });
});

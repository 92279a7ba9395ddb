/**
 * Partitions: holders are notified of all items, delay no org, share partitions with other workers, and need
 * no leases while holding.
 */
import { describe, expect, it } from '@jest/globals';
import { seededRandom, startRedis } from '@slotline/testkit';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { LINGER_MS, PARTITIONS } from '../src/limits.ts';
import { partitionOf } from '../src/redis/shards.ts';
import {
  atEnd,
  type Batch,
  completedAll,
  itemsOf,
  ofKind,
  orgsOfPartition,
  orgsOfPartitions,
  partitionChannel,
  resultsOf,
  type Room,
  setup,
  SHORT_LOCKS,
  until,
} from './setup.ts';
import { watchCommands } from './watch-commands.ts';

const SEED = Number(process.env['PARTITIONS_SEED'] ?? Math.floor(Math.random() * 1e9));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** BullMQ's counter of all leases ever added. */
async function countLeases({ redis, name }: Room): Promise<number> {
  return Number(await redis.get(`{${name}:0}:turns:id`));
}

/** Partitions that a worker holds. */
async function listHeld(redis: Redis, name: string): Promise<string[]> {
  return (await redis.pubsub('CHANNELS', `{${name}:0}:line:*`)) as string[];
}

/** A handler that counts the partitions it served. */
function partitionCounter(): {
  partitions: Set<number>;
  handle: (batch: Batch) => Promise<{ done: string }[]>;
} {
  const partitions = new Set<number>();
  return {
    partitions,
    handle: async (batch) => {
      partitions.add(partitionOf(batch.orgId));
      return resultsOf(batch);
    },
  };
}

describe('a partition', () => {
  it('is computed identically by scripts and by code', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const orgIds = ['a', 'ü', '😀', 'x'.repeat(190), ...Array.from({ length: 200 }, (_, at) => `org-${at}`)];
    for (const orgId of orgIds) {
      await queue.accept(itemsOf(orgId, 1));
      expect(await room.redis.zscore(partitionChannel(room, orgId), orgId)).not.toBeNull();
    }
    expect(new Set(orgIds.map(partitionOf)).size).toBe(PARTITIONS);
  });

  it('has exactly the orgs that have items and are not paused', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const [a = '', b = '', c = ''] = orgsOfPartition(5, 3);
    const list = () => room.redis.zrange(`{${room.name}:0}:line:5`, '0', '-1');
    await queue.pause(b);
    await queue.pause(c);
    for (const orgId of [a, b]) await queue.accept(itemsOf(orgId, 1));
    expect(await list()).toEqual([a]);
    await queue.resume(b);
    await queue.resume(c);
    expect((await list()).sort()).toEqual([a, b].sort());
    await queue.pause(a);
    expect(await list()).toEqual([b]);
    await room.openWorker();
    await completedAll(queue, itemsOf(b, 1));
    await queue.resume(a);
    await completedAll(queue, itemsOf(a, 1));
    expect(await list()).toEqual([]);
  });

  it('keeps being served while one of its orgs hangs', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const [hanging = '', ...others] = orgsOfPartition(7, 4);
    const taken = Promise.withResolvers<void>();
    // Slices so short that the lease would end many times if it could, and a second worker that would take the
    // partition.
    const options = {
      sliceMs: 20,
      handle: (batch: Batch) => {
        if (batch.orgId !== hanging) return Promise.resolve(resultsOf(batch));
        taken.resolve();
        return new Promise<never>(() => undefined);
      },
    };
    await room.openWorker(options);
    await queue.accept(itemsOf(hanging, 1));
    await taken.promise;
    await room.openWorker(options);
    for (let n = 0; n < 30; n += 1) {
      await queue.accept(others.flatMap((orgId) => itemsOf(orgId, 1, n)));
      for (const orgId of others) await completedAll(queue, itemsOf(orgId, 1, n));
    }
    expect((await queue.inspect(hanging)).depth).toBe(1);
  });

  it('is notified again after the subscription was lost', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await room.openWorker();
    await queue.accept(itemsOf('a', 1));
    await completedAll(queue, itemsOf('a', 1));
    const clients = String(await room.redis.client('LIST'));
    const listening = clients.split('\n').find((line) => line.includes(`name=${room.name}:partitions`));
    await room.redis.client('KILL', 'ID', Number(/id=(\d+)/.exec(listening ?? '')?.[1]));
    await queue.accept(itemsOf('a', 1, 1));
    await completedAll(queue, itemsOf('a', 1, 1));
    await until(async () => (await listHeld(room.redis, room.name)).length === 1);
  });

  it('loses no wake-up when an item is accepted while its lease ends', async () => {
    console.log(`seed ${SEED}`);
    const random = seededRandom(SEED);
    const room = setup();
    const queue = await room.openQueue();
    await room.openWorker();
    const orgIds = orgsOfPartitions(PARTITIONS);
    const next = new Map(orgIds.map((orgId) => [orgId, 0]));
    const send = async (orgId: string): Promise<void> => {
      const items = itemsOf(orgId, 1, next.get(orgId));
      next.set(orgId, (next.get(orgId) ?? 0) + 1);
      await queue.accept(items);
      expect(await completedAll(queue, items)).toEqual([{ done: items[0]?.id }]);
    };
    await Promise.all(orgIds.map(send));
    // Around the end of the leases, when neither a worker nor a lease might see a wake-up.
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        orgIds.map(async (orgId) => {
          await sleep(LINGER_MS - 40 + 80 * random());
          for (let n = 0; n < 20; n += 1) {
            await send(orgId);
            await sleep(2 * random());
          }
        }),
      );
    }
    expect(ofKind(room.events, 'turn-taken').length).toBeGreaterThan(0);
    expect(ofKind(room.events, 'swept')).toEqual([]);
  });
});

describe('leases', () => {
  it('are added for idle partitions and not for each org or item', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await room.openWorker();
    const orgIds = Array.from({ length: 1_000 }, (_, at) => `org-${at}`);
    for (let n = 0; n < 5; n += 1) {
      const items = orgIds.flatMap((orgId) => itemsOf(orgId, 1, n));
      await Promise.all(orgIds.map((orgId) => queue.accept(itemsOf(orgId, 1, n))));
      await completedAll(queue, items);
    }
    // One per partition, and a few that were added while the first were being delivered.
    expect(await countLeases(room)).toBeLessThanOrEqual(3 * PARTITIONS);
  });

  it('are not used for an item on a partition that is held', async () => {
    const server = await startRedis();
    atEnd(() => server.stop());
    const room = setup(server);
    const queue = await room.openQueue();
    await room.openWorker({ lockDurationMs: 3_600_000, stalledIntervalMs: 3_600_000 });
    await queue.accept(itemsOf('a', 1));
    await completedAll(queue, itemsOf('a', 1));
    const seen: string[] = [];
    await watchCommands(room.redisUrl, (args) => void seen.push(args.join(' ')));
    for (let n = 1; n <= 10; n += 1) {
      await queue.accept(itemsOf('a', 1, n));
      await completedAll(queue, itemsOf('a', 1, n));
    }
    await room.redis.echo('the end');
    await until(() => seen.some((command) => command.includes('the end')));
    const own = seen.filter((command) => command.includes(':turns'));
    // The worker's periodic checks are not caused by an item.
    const onClock = /^(llen|bzpopmin|evalsha) .*:turns:(wait|marker|paused|stalled)|^hget|^ping/i;
    expect(own.filter((command) => !onClock.test(command))).toEqual([]);
    expect(seen.some((command) => command.includes('{own:0}:mailbox:a'))).toBe(true);
  });
});

/** Keeps all partitions busy until it is stopped; resolves when all sent items are decided. */
function keepBusy(room: Room, queue: Awaited<ReturnType<Room['openQueue']>>): () => Promise<void> {
  const orgIds = orgsOfPartitions(PARTITIONS);
  let isOver = false;
  const sending = Promise.all(
    orgIds.map(async (orgId) => {
      for (let n = 0; !isOver; n += 1) {
        await queue.accept(itemsOf(orgId, 1, n));
        expect(await completedAll(queue, itemsOf(orgId, 1, n))).toEqual([{ done: `${orgId}-${n}` }]);
        await sleep(5);
      }
    }),
  );
  return async () => {
    isOver = true;
    await sending;
    expect(await room.redis.zcard(`{${room.name}:0}:busy`)).toBe(0);
  };
}

describe('two workers', () => {
  it('share the partitions under load, and a worker that leaves returns its partitions', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const [first, second] = [partitionCounter(), partitionCounter()];
    const options = { sliceMs: 200 };
    await room.openWorker({ ...options, handle: first.handle });
    const stop = keepBusy(room, queue);
    await until(() => first.partitions.size === PARTITIONS);
    const other = await room.openWorker({ ...options, handle: second.handle });
    await until(() => second.partitions.size >= PARTITIONS / 2);
    // Both hold half of the partitions now, and no partition moves any more.
    await until(async () => (await countHeldBy(room)).every((partitions) => partitions === PARTITIONS / 2));
    await other.close();
    first.partitions.clear();
    await until(() => first.partitions.size === PARTITIONS);
    await stop();
    expect(ofKind(room.events, 'swept')).toEqual([]);
  });

  it('recover from the crash of one of them', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const taken = Promise.withResolvers<void>();
    const dying = await room.openWorker({
      ...SHORT_LOCKS,
      handle: () => {
        taken.resolve();
        return new Promise<never>(() => undefined);
      },
    });
    const orgIds = orgsOfPartitions(PARTITIONS);
    await queue.accept(orgIds.flatMap((orgId) => itemsOf(orgId, 2)));
    await taken.promise;
    await dying.close({ deadlineMs: 0 });
    const counter = partitionCounter();
    await room.openWorker({ ...SHORT_LOCKS, handle: counter.handle });
    for (const orgId of orgIds) await completedAll(queue, itemsOf(orgId, 2));
    expect(counter.partitions.size).toBe(PARTITIONS);
  });

  it('hold the partitions that a third worker, which takes none, leaves waiting', async () => {
    const room = setup();
    const queue = await room.openQueue();
    // Counted as a worker, like one that froze.
    const frozen = room.redis.duplicate();
    atEnd(async () => frozen.disconnect());
    await frozen.subscribe(`{${room.name}:0}:work`);
    const counter = partitionCounter();
    await room.openWorker({ handle: counter.handle });
    const stop = keepBusy(room, queue);
    await until(() => counter.partitions.size === PARTITIONS);
    await stop();
  });
});

/** How many partitions each worker holds, from the subscriptions of its connection. */
async function countHeldBy({ redis, name }: Room): Promise<number[]> {
  const clients = String(await redis.client('LIST')).split('\n');
  return clients
    .filter((line) => line.includes(`name=${name}:partitions`))
    .map((line) => Number(/ sub=(\d+)/.exec(line)?.[1]) - 1);
}

it('a partition that two workers hold at once is served in order, and nothing is completed twice', async () => {
  const room = setup();
  const queue = await room.openQueue();
  const completed: string[] = [];
  const subscriber = room.redis.duplicate();
  atEnd(async () => subscriber.disconnect());
  subscriber.on('message', (_channel: string, message: string) => {
    for (const [id] of JSON.parse(message) as [string, string][]) completed.push(id);
  });
  await subscriber.subscribe(`${room.name}:settled`);
  const [first, second] = [partitionCounter(), partitionCounter()];
  await room.openWorker({ ...SHORT_LOCKS, batchMax: 3, handle: first.handle });
  await room.openWorker({ ...SHORT_LOCKS, batchMax: 3, handle: second.handle });
  await queue.accept(itemsOf('a', 1));
  await completedAll(queue, itemsOf('a', 1));
  // A second lease of a partition that is held, which BullMQ's deduplication prevents otherwise.
  const jobs = new Queue('turns', {
    connection: room.redis,
    prefix: `{${room.name}:0}`,
    skipVersionCheck: true,
  });
  atEnd(() => jobs.close());
  const leases = Array.from({ length: PARTITIONS + 1 }, () => ({
    name: 'turn',
    data: { line: partitionOf('a') },
    opts: { removeOnComplete: true },
  }));
  // More than one worker's share.
  await jobs.addBulk(leases);
  const channel = partitionChannel(room, 'a');
  await until(async () => Number((await room.redis.pubsub('NUMSUB', channel))[1]) === 2);
  const items = itemsOf('a', 300, 1);
  for (let from = 0; from < 300; from += 5) await queue.accept(items.slice(from, from + 5));
  await completedAll(queue, items);
  await until(() => completed.length >= 301);
  expect(completed).toEqual(['a-0', ...items.map(({ id }) => id)]);
});

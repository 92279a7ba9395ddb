/**
 * The known hazards of BullMQ's deduplicated jobs and the defences against them. One test per row of the
 * README's table.
 */
import { describe, expect, it } from '@jest/globals';
import { Queue, Worker } from 'bullmq';
import { PARTITIONS } from '../src/limits.ts';
import { partitionOf } from '../src/redis/shards.ts';
import {
  atEnd,
  type Batch,
  completedAll,
  FAST_SWEEPS,
  idsOf,
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

const tagOf = ({ name }: Room): string => `{${name}:0}`;

/** BullMQ's deduplication key of the org's partition. */
const deduplicationKeyOf = (room: Room, orgId: string): string =>
  `${tagOf(room)}:turns:de:line-${partitionOf(orgId)}`;

/** Deletes all of BullMQ's keys, as an operator or a lost BullMQ instance would. */
async function loseLeases(room: Room): Promise<void> {
  const keys = await room.redis.keys(`${tagOf(room).replace(/[{}]/g, '?')}:turns:*`);
  if (keys.length > 0) await room.redis.del(...keys);
}

function openJobs(room: Room): Queue {
  const queue = new Queue('turns', { connection: room.redis, prefix: tagOf(room), skipVersionCheck: true });
  atEnd(() => queue.close());
  return queue;
}

describe('a lease', () => {
  it('that stalled again and again still runs', async () => {
    const room = setup();
    const queue = await room.openQueue();
    let deaths = 0;
    // Each of these workers dies during the lease; with the default of one stall the lease would fail at the
    // second.
    for (; deaths < 3; deaths += 1) {
      const taken = Promise.withResolvers<void>();
      const worker = await room.openWorker({
        ...SHORT_LOCKS,
        handle: () => {
          taken.resolve();
          return new Promise(() => undefined);
        },
      });
      if (deaths === 0) await queue.accept(itemsOf('a', 1));
      await taken.promise;
      await worker.close({ deadlineMs: 0 });
    }
    await room.openWorker(SHORT_LOCKS);
    await completedAll(queue, itemsOf('a', 1));
    expect(ofKind(room.events, 'turn-stalled').length).toBe(3);
  });

  it('that failed permanently is added again by the sweeper', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.accept(itemsOf('a', 3));
    const jobs = openJobs(room);
    await until(async () => (await jobs.getWaitingCount()) === 1);
    const [job] = await jobs.getWaiting();
    // The state after a second stall with the default setting: a lease that fails without running.
    await room.redis.hset(`${tagOf(room)}:turns:${job?.id}`, 'defa', 'job stalled more than allowable limit');
    // Served by a lease: `vainSweepsMax` is so high that the sweeper does not drain the mailbox itself.
    await room.openWorker({ ...FAST_SWEEPS, vainSweepsMax: 1_000_000 });
    expect(await completedAll(queue, itemsOf('a', 3))).toHaveLength(3);
    expect((await queue.inspect('a')).depth).toBe(0);
    expect(ofKind(room.events, 'swept').length).toBeGreaterThan(0);
  });

  it('of one org, from a release without partitions, ends at once, and the sweeper finds the org', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.accept(itemsOf('a', 2));
    await until(async () => (await room.redis.exists(deduplicationKeyOf(room, 'a'))) === 1);
    await loseLeases(room);
    await room.redis.del(partitionChannel(room, 'a'));
    const jobs = openJobs(room);
    await jobs.add('turn', { orgId: 'a' }, { deduplication: { id: 'a', keepLastIfActive: true } });
    const idle = await room.openWorker();
    await until(async () => (await jobs.getJobCountByTypes('wait', 'active')) === 0);
    expect((await queue.inspect('a')).depth).toBe(2);
    await idle.close();
    await room.openWorker(FAST_SWEEPS);
    await completedAll(queue, itemsOf('a', 2));
    expect(ofKind(room.events, 'turn-failed')).toEqual([]);
  });

  it('leaves nothing behind that could block the next add', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await room.openWorker();
    for (let n = 0; n < 3; n += 1) {
      await queue.accept(itemsOf('a', 1, n));
      await completedAll(queue, itemsOf('a', 1, n));
      await until(() => ofKind(room.events, 'turn-taken').length > n);
    }
    const jobs = openJobs(room);
    await until(async () => (await jobs.getActiveCount()) === 0);
    expect(await jobs.getJobCounts('completed', 'failed', 'delayed', 'wait')).toEqual({
      completed: 0,
      failed: 0,
      delayed: 0,
      wait: 0,
    });
    const key = deduplicationKeyOf(room, 'a');
    expect(await room.redis.exists(key, key.replace(':de:', ':dn:'))).toBe(0);
  });

  it('that adds its partition again while it is active is not dropped', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.accept(itemsOf('a', 6));
    const taken = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const first = await room.openWorker({
      batchMax: 2,
      handle: async (batch) => {
        taken.resolve();
        await gate.promise;
        return resultsOf(batch);
      },
    });
    await taken.promise;
    const closing = first.close();
    gate.resolve();
    await closing;
    // Without the kept add no worker would serve the remaining items.
    expect(ofKind(room.events, 'turn-taken')).toMatchObject([{ items: 2, isYielded: true }]);
    await room.openWorker();
    await completedAll(queue, itemsOf('a', 6));
  });

  it('that was delivered and whose reply was lost is taken over when its lock expires', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.accept(itemsOf('a', 2));
    const connection = room.redis.duplicate();
    atEnd(async () => connection.disconnect());
    const dealer = new Worker('turns', undefined, {
      connection,
      prefix: tagOf(room),
      lockDuration: SHORT_LOCKS.lockDurationMs,
      autorun: false,
    });
    // Active and locked, and no worker runs it.
    await until(() => dealer.getNextJob('nobody', { block: false }));
    await dealer.close(true);
    await room.openWorker(SHORT_LOCKS);
    expect(await completedAll(queue, itemsOf('a', 2))).toEqual([{ done: 'a-0' }, { done: 'a-1' }]);
    expect(ofKind(room.events, 'turn-stalled')).toHaveLength(1);
  });
});

describe('an org whose batch fails', () => {
  it('is retried indefinitely after a fixed pause, with the items accepted during the pause', async () => {
    const room = setup();
    const queue = await room.openQueue();
    let failures = 0;
    await room.openWorker({
      retryBackoffMs: 5,
      isRetryable: () => true,
      handle: async (batch) => {
        if (failures < 25) {
          failures += 1;
          throw new Error('database away');
        }
        return resultsOf(batch);
      },
    });
    await queue.accept(itemsOf('a', 1));
    await until(() => failures > 5);
    await queue.accept(itemsOf('a', 1, 1));
    await completedAll(queue, itemsOf('a', 2));
    expect(failures).toBe(25);
  });

  it('rests while the other orgs of its partition are served', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const [sick = '', ...well] = orgsOfPartition(3, 5);
    await room.openWorker({
      retryBackoffMs: 3_600_000,
      isRetryable: () => true,
      handle: async (batch) => {
        if (batch.orgId === sick) throw new Error('lock timeout');
        return resultsOf(batch);
      },
    });
    await queue.accept(itemsOf(sick, 1));
    await until(() => ofKind(room.events, 'batch-failed').length === 1);
    for (let n = 0; n < 20; n += 1) {
      await queue.accept(well.flatMap((orgId) => itemsOf(orgId, 1, n)));
      for (const orgId of well) await completedAll(queue, itemsOf(orgId, 1, n));
    }
    expect((await queue.inspect(sick)).depth).toBe(1);
    expect(ofKind(room.events, 'batch-failed')).toHaveLength(1);
  });

  it('is served by another worker when the worker that lets it rest is gone', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const first = await room.openWorker({
      retryBackoffMs: 3_600_000,
      isRetryable: () => true,
      handle: () => Promise.reject(new Error('database away')),
    });
    await queue.accept(itemsOf('a', 1));
    await until(() => ofKind(room.events, 'batch-failed').length === 1);
    await first.close();
    await room.openWorker();
    await completedAll(queue, itemsOf('a', 1));
  });
});

describe('the sweeper', () => {
  it('wakes an org whose items were accepted and never given a lease', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.accept(itemsOf('a', 5));
    await until(async () => (await room.redis.exists(deduplicationKeyOf(room, 'a'))) === 1);
    await loseLeases(room);
    await room.openWorker(FAST_SWEEPS);
    expect((await completedAll(queue, itemsOf('a', 5)))[4]).toEqual({ done: 'a-4' });
  });

  it('sweeps once on demand, and returns how many orgs were overdue', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.pause('resting');
    await queue.accept([...itemsOf('a', 1), ...itemsOf('b', 1), ...itemsOf('resting', 1)]);
    const partitions = new Set([partitionOf('a'), partitionOf('b')]);
    await until(async () => (await openJobs(room).getWaitingCount()) === partitions.size);
    await loseLeases(room);
    const worker = await room.openWorker({ sweepIntervalMs: 3_600_000, sweepAfterMs: 1 });
    await until(async () => (await worker.sweep()) === 0);
    expect(await completedAll(queue, [...itemsOf('a', 1), ...itemsOf('b', 1)])).toHaveLength(2);
    expect((await queue.inspect('resting')).depth).toBe(1);
  });

  it('drains a mailbox itself when a stray deduplication key blocks every lease, and removes the key', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const tag = tagOf(room);
    // A job's hash that is in no list, and the deduplication key that points to it.
    await room.redis.set(deduplicationKeyOf(room, 'a'), 'ghost');
    await room.redis.hset(`${tag}:turns:ghost`, 'name', 'turn', 'data', '{}', 'opts', '{}');
    await queue.accept(itemsOf('a', 3));
    await room.openWorker(FAST_SWEEPS);
    await completedAll(queue, itemsOf('a', 3));
    expect(ofKind(room.events, 'vain-drain').map(({ partition }) => partition)).toEqual([partitionOf('a')]);
    await until(async () => (await room.redis.exists(deduplicationKeyOf(room, 'a'))) === 0);
  });

  it('does not drain an org whose lease is only slow', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const gate = Promise.withResolvers<void>();
    let open = 0;
    let openMax = 0;
    // Enough sweeps for the lease to be active before the sweeper checks it.
    const sweeps = { ...FAST_SWEEPS, vainSweepsMax: 10 };
    const slowWorker = {
      ...sweeps,
      handle: async (batch: Batch) => {
        open += 1;
        openMax = Math.max(openMax, open);
        await gate.promise;
        open -= 1;
        return resultsOf(batch);
      },
    };
    // One of the workers gets the lease; the other one is idle.
    await room.openWorker(slowWorker);
    await room.openWorker(slowWorker);
    await queue.accept(itemsOf('a', 2));
    await until(() => ofKind(room.events, 'swept').length >= 30);
    gate.resolve();
    await completedAll(queue, itemsOf('a', 2));
    expect(openMax).toBe(1);
    expect(ofKind(room.events, 'vain-drain')).toEqual([]);
  });

  it('runs in one worker at a time, and in another one when that worker is gone', async () => {
    const room = setup();
    const key = `${tagOf(room)}:sweeper`;
    const first = await room.openWorker(FAST_SWEEPS);
    await until(() => room.redis.exists(key));
    const holder = await room.redis.get(key);
    await room.openWorker(FAST_SWEEPS);
    await until(async () => (await room.redis.pttl(key)) > 0);
    expect(await room.redis.get(key)).toBe(holder);
    await first.close();
    await until(async () => ![holder, null].includes(await room.redis.get(key)));
  });

  it('removes an org with an empty mailbox from the busy set', async () => {
    const room = setup();
    await room.redis.zadd(`${tagOf(room)}:busy`, 1, 'nobody');
    await room.openWorker(FAST_SWEEPS);
    await until(async () => (await room.redis.zcard(`${tagOf(room)}:busy`)) === 0);
  });
});

describe('a worker that froze', () => {
  it('loses its lease to another worker, and its late completion changes nothing', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const thaw = Promise.withResolvers<void>();
    let frozen = 0;
    await room.openWorker({
      ...SHORT_LOCKS,
      handle: async (batch) => {
        frozen += 1;
        await thaw.promise;
        return batch.items.map(() => ({ done: 'too late' }));
      },
    });
    // It holds all partitions and is at its limit, so the lease it loses goes to the other worker.
    const orgIds = orgsOfPartitions(PARTITIONS);
    const [orgId = ''] = orgIds;
    await queue.accept(orgIds.flatMap((one) => itemsOf(one, 2)));
    await until(() => frozen === PARTITIONS);
    const other = await room.openWorker({ ...SHORT_LOCKS, completedTtlMs: 50 });
    const jobs = openJobs(room);
    const job = (await jobs.getActive()).find(({ data }) => data.line === partitionOf(orgId));
    // From outside, a stopped process or a blocked event loop looks like a lost lock.
    await room.redis.del(`${tagOf(room)}:turns:${job?.id}:lock`);
    await completedAll(queue, itemsOf(orgId, 2));
    // The records have expired: the late worker must not restore the items, nor touch later ones.
    const [first, second, third] = idsOf(itemsOf(orgId, 3));
    const ids = [first ?? '', second ?? ''];
    await until(async () => (await queue.find(ids)).every((state) => state === undefined));
    await other.close();
    await queue.pause(orgId);
    await queue.accept(itemsOf(orgId, 1, 2));
    thaw.resolve();
    for (const one of orgIds.slice(1)) await completedAll(queue, itemsOf(one, 2));
    expect(ofKind(room.events, 'lock-lost').length).toBeGreaterThan(0);
    expect(await queue.find([...ids, third ?? ''])).toMatchObject([
      undefined,
      undefined,
      { state: 'waiting' },
    ]);
    expect((await queue.inspect(orgId)).depth).toBe(1);
  });

  it('begins no further batch after its lock is lost', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const frozen = Promise.withResolvers<void>();
    const thaw = Promise.withResolvers<void>();
    await room.openWorker({
      ...SHORT_LOCKS,
      concurrency: 1,
      batchMax: 1,
      sliceMs: 3_600_000,
      handle: async (batch) => {
        frozen.resolve();
        await thaw.promise;
        return resultsOf(batch);
      },
    });
    await queue.accept(itemsOf('a', 3));
    await frozen.promise;
    const [job] = await openJobs(room).getActive();
    await room.redis.del(`${tagOf(room)}:turns:${job?.id}:lock`);
    await until(() => ofKind(room.events, 'lock-lost').length > 0);
    thaw.resolve();
    await completedAll(queue, itemsOf('a', 3));
    await until(() => ofKind(room.events, 'turn-taken').length > 0);
    expect(ofKind(room.events, 'turn-taken')[0]).toMatchObject({ items: 1, isYielded: true });
  });
});

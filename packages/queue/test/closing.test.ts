/** Closing within the deadline, crashed workers, paused orgs, waits and opening. */
import { describe, expect, it } from '@jest/globals';
import { startRedis } from '@slotline/testkit';
import { openOrgQueue, QueueUnavailableError } from '../src/index.ts';
import { connect, hangUp } from '../src/redis/connect.ts';
import { resolveTarget } from '../src/redis/queue-target.ts';
import { type Batch, completedAll, itemsOf, ofKind, resultsOf, setup, SHORT_LOCKS, until } from './setup.ts';

describe('closing a worker', () => {
  it('finishes the batch in flight and begins no other', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const taken = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const batches: Batch[] = [];
    const worker = await openWorker({
      batchMax: 2,
      handle: async (batch) => {
        batches.push(batch);
        taken.resolve();
        await gate.promise;
        return resultsOf(batch);
      },
    });
    await queue.accept(itemsOf('a', 6));
    await taken.promise;
    const closing = worker.close({ deadlineMs: 20_000 });
    expect(worker.isRunning()).toBe(false);
    gate.resolve();
    await closing;
    expect(batches).toHaveLength(1);
    expect(await queue.find(['a-0', 'a-1', 'a-2'])).toMatchObject([
      { state: 'completed' },
      { state: 'completed' },
      { state: 'waiting', place: 1 },
    ]);
    // The lease was requeued, so no sweep or stall check is needed.
    await openWorker();
    await completedAll(queue, itemsOf('a', 6));
  });

  it('drops a handler that hangs at the deadline, and another worker takes its org over', async () => {
    const { openQueue, openWorker, events } = setup();
    const queue = await openQueue();
    const taken = Promise.withResolvers<void>();
    const worker = await openWorker({
      ...SHORT_LOCKS,
      handle: () => {
        taken.resolve();
        return new Promise(() => undefined);
      },
    });
    await queue.accept(itemsOf('a', 3));
    await taken.promise;
    await worker.close({ deadlineMs: 10 });
    expect(ofKind(events, 'close-dropped')).toEqual([{ kind: 'close-dropped', leases: 1 }]);
    await openWorker(SHORT_LOCKS);
    expect((await completedAll(queue, itemsOf('a', 3)))[2]).toEqual({ done: 'a-2' });
  });

  it('is idempotent', async () => {
    const { openWorker } = setup();
    const worker = await openWorker();
    await Promise.all([worker.close(), worker.close()]);
  });
});

describe('a paused org', () => {
  it('accepts items and is not served until it is resumed, while other orgs are served', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker();
    await queue.pause('a');
    await queue.accept([...itemsOf('a', 3), ...itemsOf('b', 1)]);
    await completedAll(queue, itemsOf('b', 1));
    await until(async () => (await queue.inspect('b')).depth === 0);
    expect(await queue.inspect('a')).toMatchObject({ orgId: 'a', depth: 3, isPaused: true });
    expect(await queue.oldestAgeMs()).toBe(0);
    await queue.resume('a');
    await completedAll(queue, itemsOf('a', 3));
    expect(await queue.inspect('a')).toMatchObject({ depth: 0, oldestAgeMs: 0, isPaused: false });
  });

  it('has places and no estimates, even if its pace was measured', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker();
    await queue.accept(itemsOf('a', 3));
    await completedAll(queue, itemsOf('a', 3));
    while ((await queue.inspect('a')).paceMs === undefined) continue;
    await queue.pause('a');
    const late = itemsOf('a', 1, 3);
    expect(await queue.accept(late)).toEqual({ kind: 'accepted', items: [{ kind: 'queued', place: 1 }] });
    const { items } = await queue.listWaiting('a', { limit: 1 });
    for (const state of [...(await queue.find(late.map(({ id }) => id))), ...items]) {
      expect(state).toMatchObject({ state: 'waiting', place: 1 });
      expect(state).not.toHaveProperty('etaMs');
    }
    await queue.resume('a');
    await completedAll(queue, late);
  });

  it('is not served after the batch in flight', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const taken = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await openWorker({
      batchMax: 1,
      handle: async (batch) => {
        taken.resolve();
        await gate.promise;
        return resultsOf(batch);
      },
    });
    await queue.accept(itemsOf('a', 3));
    await taken.promise;
    await queue.pause('a');
    gate.resolve();
    await completedAll(queue, itemsOf('a', 1));
    expect((await queue.inspect('a')).depth).toBe(2);
    await queue.resume('a');
    await completedAll(queue, itemsOf('a', 3));
  });
});

describe('inspection', () => {
  it('lists busy orgs oldest first and returns the age of the oldest item', async () => {
    const queue = await setup().openQueue();
    for (const orgId of ['x', 'y', 'z']) {
      await queue.accept(itemsOf(orgId, 2));
      const accepted = await queue.oldestAgeMs();
      await until(async () => (await queue.oldestAgeMs()) > accepted + 1);
    }
    const busy = await queue.listOrgs(2);
    expect(busy.map(({ orgId, depth }) => [orgId, depth])).toEqual([
      ['x', 2],
      ['y', 2],
    ]);
    expect(busy[0]?.oldestAgeMs).toBeGreaterThan(busy[1]?.oldestAgeMs ?? 0);
  });

  it('returns how durable Redis is, and pings it', async () => {
    const queue = await setup().openQueue();
    expect(await queue.durability()).toMatchObject({
      appendonly: 'yes',
      appendfsync: 'always',
      maxmemoryPolicy: 'noeviction',
      isDurable: true,
    });
    await queue.ping();
  });
});

describe('waiting for results', () => {
  it('returns completed results at once, and at the timeout the results so far', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker();
    await queue.pause('slow');
    await queue.accept([...itemsOf('a', 1), ...itemsOf('slow', 1)]);
    await completedAll(queue, itemsOf('a', 1));
    expect(await queue.completed(['a-0', 'slow-0', 'nobody'], { timeoutMs: 20 })).toEqual([
      { done: 'a-0' },
      undefined,
      undefined,
    ]);
  });

  it.each(['completed', 'expect'] as const)(
    'by %s is looked up again when the subscription was lost',
    async (by) => {
      const { openQueue, openWorker, redis, name } = setup();
      const queue = await openQueue();
      const taken = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      await openWorker({
        handle: async (batch) => {
          taken.resolve();
          await gate.promise;
          return resultsOf(batch);
        },
      });
      const expected = queue.expect(['a-0']);
      await queue.accept(itemsOf('a', 1));
      await taken.promise;
      const limits = { timeoutMs: 25_000 };
      const waiting = by === 'expect' ? expected.completed(limits) : queue.completed(['a-0'], limits);
      if (by === 'completed') expected.end();
      await queue.find(['a-0']);
      const clients = String(await redis.client('LIST'));
      const subscriber = clients.split('\n').find((line) => line.includes(`name=${name}:subscriber`));
      await redis.client('KILL', 'ID', Number(/id=(\d+)/.exec(subscriber ?? '')?.[1]));
      // Completed before the subscription can be back: the announcement reaches no subscriber.
      gate.resolve();
      expect(await waiting).toEqual([{ done: 'a-0' }]);
    },
  );

  it('that began before the acceptance gets the result, even if it is immediate', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker();
    const expected = queue.expect(['a-0', 'a-1']);
    await queue.accept(itemsOf('a', 2));
    // Completed and announced before `completed` is called.
    await completedAll(queue, itemsOf('a', 2));
    expect(await expected.completed({ timeoutMs: 25_000 })).toEqual([{ done: 'a-0' }, { done: 'a-1' }]);
  });

  it('that began before the acceptance ends with the announcement, its end or an abort', async () => {
    const { openQueue, redis, name } = setup();
    const queue = await openQueue();
    const abort = new AbortController();
    const waiting = queue.expect(['a-0']).completed({ timeoutMs: 600_000, signal: abort.signal });
    await queue.accept(itemsOf('a', 1));
    const announced = JSON.stringify([['a-0', JSON.stringify({ done: 'announced' })]]);
    await redis.publish(`${name}:settled`, announced);
    expect(await waiting).toEqual([{ done: 'announced' }]);
    const ended = queue.expect(['a-1']);
    ended.end();
    await redis.publish(`${name}:settled`, announced.replace('a-0', 'a-1'));
    expect(await ended.completed({ timeoutMs: 600_000 })).toEqual([undefined]);
    const aborted = queue.expect(['a-2']).completed({ timeoutMs: 600_000, signal: abort.signal });
    abort.abort();
    expect(await aborted).toEqual([undefined]);
    expect(await queue.expect(['a-3']).completed({ timeoutMs: 600_000, signal: abort.signal })).toEqual([
      undefined,
    ]);
  });

  it('ends at an abort and at a close', async () => {
    const { openQueue } = setup();
    const queue = await openQueue();
    const abort = new AbortController();
    const aborted = queue.completed(['x'], { timeoutMs: 600_000, signal: abort.signal });
    const closed = [
      queue.completed(['x'], { timeoutMs: 600_000 }),
      queue.expect(['y']).completed({ timeoutMs: 600_000 }),
    ];
    abort.abort();
    expect(await aborted).toEqual([undefined]);
    await queue.close();
    expect(await Promise.all(closed)).toEqual([[undefined], [undefined]]);
  });
});

/** Resources that keep the process alive. */
function countTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

it('hanging up while Redis is unavailable leaves nothing that keeps the process alive', async () => {
  const server = await startRedis();
  const before = countTimers();
  const target = resolveTarget({ redisUrl: server.url });
  const client = await connect({
    target,
    role: 'test',
    habit: { kind: 'patient' },
    onEvent: () => undefined,
  });
  const isAway = new Promise((resolve) => client.once('reconnecting', resolve));
  await server.kill();
  await isAway;
  hangUp(client);
  expect(countTimers()).toBeLessThanOrEqual(before);
});

describe('opening', () => {
  it('fails with a clear error when Redis cannot be reached', async () => {
    const opening = openOrgQueue({ redisUrl: 'redis://127.0.0.1:1' });
    await expect(opening).rejects.toThrow(QueueUnavailableError);
    await expect(opening).rejects.toMatchObject({
      code: 'redis-unavailable',
      message: 'cannot reach Redis at 127.0.0.1:1',
    });
  });

  it('leaves nothing that keeps the process alive when Redis cannot be reached', async () => {
    const before = countTimers();
    await expect(openOrgQueue({ redisUrl: 'redis://127.0.0.1:1' })).rejects.toThrow(QueueUnavailableError);
    expect(countTimers()).toBeLessThanOrEqual(before);
  });

  it('refuses invalid targets and options', async () => {
    const { openQueue, openWorker } = setup();
    await expect(openQueue({ name: 'a}b' })).rejects.toThrow(RangeError);
    await expect(openQueue({ shards: 0 })).rejects.toThrow(RangeError);
    await expect(openQueue({ cluster: true, minReplicas: 1 })).rejects.toThrow(RangeError);
    await expect(openWorker({ batchMax: 0 })).rejects.toThrow(RangeError);
  });
});

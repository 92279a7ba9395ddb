/**
 * Redis killed, restarted, full, loading, stopped, in cluster mode: accepted items are never lost, and errors
 * are accurate.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { makeTestFolder, type RunningServer, startRedis } from '@slotline/testkit';
import { QueueUnavailableError } from '../src/index.ts';
import { MEMORY_CHECK_INTERVAL_MS } from '../src/limits.ts';
import { partitionOf } from '../src/redis/shards.ts';
import {
  atEnd,
  completedAll,
  FAST_SWEEPS,
  idsOf,
  itemsOf,
  ofKind,
  resultsOf,
  setup,
  SHORT_LOCKS,
  until,
} from './setup.ts';

type Settings = Record<string, string>;

interface RestartableServer {
  readonly url: string;
  readonly running: () => RunningServer;
  kill(): Promise<void>;
  restart(settings?: Settings): Promise<void>;
}

async function startOwnRedis(settings: Settings = {}): Promise<RestartableServer> {
  const dir = makeTestFolder('redis');
  let running = await startRedis({ dir, settings });
  atEnd(() => running.stop());
  const { url, port } = running;
  return {
    url,
    running: () => running,
    kill: () => running.kill(),
    async restart(changed = settings) {
      running = await startRedis({ dir, port, settings: changed });
    },
  };
}

/** Stops Redis until it is continued, at the latest at the end of the test, so that it can be shut down. */
function stall({ pid }: RunningServer): { goOn(): void } {
  const goOn = () => void process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGSTOP');
  atEnd(async () => goOn());
  return { goOn };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof QueueUnavailableError ? error.code : String(error);
  }
}

describe('a Redis that is killed', () => {
  it('loses nothing it acknowledged, and worker and queue continue after a restart from its log', async () => {
    const server = await startOwnRedis();
    const { openQueue, openWorker } = setup(server);
    const queue = await openQueue();
    const handled = new Map<string, number>();
    await openWorker({
      ...FAST_SWEEPS,
      ...SHORT_LOCKS,
      batchMax: 3,
      isRetryable: () => true,
      retryBackoffMs: 10,
      handle: async (batch) => {
        for (const { id } of batch.items) handled.set(id, (handled.get(id) ?? 0) + 1);
        return resultsOf(batch);
      },
    });
    const acknowledged: string[] = [];
    let isOver = false;
    const producing = (async () => {
      for (let n = 0; !isOver; n += 1) {
        const items = itemsOf(`org-${n % 5}`, 3, n * 3);
        await queue.accept(items).then(
          () => acknowledged.push(...idsOf(items)),
          (error: unknown) => expect(error).toBeInstanceOf(QueueUnavailableError),
        );
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (const goal of [150, 300]) {
      await until(() => acknowledged.length > goal);
      await server.kill();
      await server.restart();
    }
    await until(() => acknowledged.length > 400);
    isOver = true;
    await producing;
    const results = await completedAll(
      queue,
      acknowledged.map((id) => ({ id })),
    );
    expect(results.filter((result) => result === undefined)).toEqual([]);
    expect(acknowledged.filter((id) => !handled.has(id))).toEqual([]);
  });

  it.each([3_000, 10_000])(
    'is consumed from again after an outage of %i ms, without restarting worker or queue',
    async (awayMs) => {
      const server = await startOwnRedis();
      const { openQueue, openWorker } = setup(server);
      const queue = await openQueue();
      await openWorker({ sweepAfterMs: 2_000 });
      await queue.accept(itemsOf('a', 1));
      await completedAll(queue, itemsOf('a', 1));
      // Only the outage has a fixed length; no duration is asserted.
      await server.kill();
      const waiting = queue.completed(['a-1'], { timeoutMs: 25_000 });
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      expect(await codeOf(queue.accept(itemsOf('a', 1, 1)))).toBe('redis-unavailable');
      await server.restart();
      await until(async () => (await codeOf(queue.accept(itemsOf('a', 1, 1)))) === 'none');
      // This wait began before the outage: after resubscribing, missed results are looked up.
      expect(await waiting).toEqual([{ done: 'a-1' }]);
    },
  );

  it('is reported at once, and a command that failed then never appears later', async () => {
    const server = await startOwnRedis();
    const { openQueue } = setup(server);
    const queue = await openQueue();
    await queue.accept(itemsOf('a', 1));
    await server.kill();
    const refused = await Promise.all(
      Array.from({ length: 20 }, (_, at) => codeOf(queue.accept(itemsOf('b', 1, at)))),
    );
    expect(new Set(refused)).toEqual(new Set(['redis-unavailable']));
    await server.restart();
    await until(async () => (await codeOf(queue.ping())) === 'none');
    // The connection is back and answered: a queued command would have been sent before the ping.
    expect((await queue.inspect('b')).depth).toBe(0);
    expect((await queue.inspect('a')).depth).toBe(1);
  });
});

describe('a Redis that does not answer', () => {
  it('is a timeout for accept and find', async () => {
    const server = await startOwnRedis();
    const { openQueue } = setup(server);
    const queue = await openQueue({ commandTimeoutMs: 1_000 });
    await queue.accept(itemsOf('a', 1));
    const { goOn } = stall(server.running());
    expect(await codeOf(queue.accept(itemsOf('a', 1, 1)))).toBe('timeout');
    expect(await codeOf(queue.find(['a-0']))).toBe('timeout');
    goOn();
    // The outcome is unknown: sending the same ids again is safe in both cases.
    await until(async () => (await codeOf(queue.accept(itemsOf('a', 1, 1)))) === 'none');
    expect((await queue.inspect('a')).depth).toBe(2);
  });

  it('is waited for when opening, because its disk may only be busy', async () => {
    const server = await startOwnRedis();
    const { openQueue } = setup(server);
    const { goOn } = stall(server.running());
    const commandTimeoutMs = 300;
    const opening = openQueue({ commandTimeoutMs });
    await Promise.race([opening, delay(4 * commandTimeoutMs)]);
    goOn();
    const queue = await opening;
    expect(await queue.accept(itemsOf('a', 1))).toMatchObject({ kind: 'accepted' });
  });

  it('fails an opening after OPENING_MS, with an error that it does not answer', async () => {
    const server = await startOwnRedis();
    stall(server.running());
    const opening = setup(server).openQueue();
    const { host } = new URL(server.url);
    await expect(opening).rejects.toMatchObject({
      code: 'timeout',
      message: `Redis at ${host} does not answer`,
    });
  });

  it('fails an acceptance that too few replicas have, and the retry is a replay', async () => {
    const server = await startOwnRedis();
    const { openQueue } = setup(server);
    const queue = await openQueue({ minReplicas: 1, commandTimeoutMs: 2_000 });
    expect(await codeOf(queue.accept(itemsOf('a', 1)))).toBe('replicas-missing');
    const plain = await openQueue();
    expect(await plain.accept(itemsOf('a', 1))).toMatchObject({ items: [{ kind: 'replayed' }] });
  });
});

describe('a Redis that loads its log', () => {
  it('is unavailable until it has loaded, and then has all items', async () => {
    const server = await startOwnRedis();
    const { openQueue, redis } = setup(server);
    const queue = await openQueue();
    const filler = 'x'.repeat(1_000);
    await queue.accept(itemsOf('a', 600).map((item) => ({ ...item, payload: { n: 0, filler } })));
    await server.kill();
    // Slows loading per key, so that the test can observe it.
    const restarted = server.restart({ 'key-load-delay': '1000' });
    const codes = new Set<string>();
    await until(async () => {
      const code = await codeOf(queue.find(['a-0']));
      codes.add(code);
      return code === 'none';
    });
    await restarted;
    codes.delete('none');
    expect([...codes]).toEqual(['redis-unavailable']);
    expect((await queue.inspect('a')).depth).toBe(600);
    expect(await redis.dbsize()).toBeGreaterThan(600);
  });
});

describe('a Redis that is full', () => {
  it('refuses whole units, leaves no partial unit, and is still drained by the worker', async () => {
    const server = await startOwnRedis({ maxmemory: '8mb' });
    const { openQueue, openWorker, redis, events } = setup(server);
    const queue = await openQueue({ mailboxMax: 1_000_000 });
    const filler = 'x'.repeat(1_000);
    const accepted: string[] = [];
    let code = 'none';
    for (let n = 0; code === 'none'; n += 50) {
      const items = itemsOf(`org-${n % 3}`, 50, n).map((item) => ({ ...item, payload: { n, filler } }));
      code = await codeOf(queue.accept(items).then(() => accepted.push(...idsOf(items))));
    }
    expect(code).toBe('redis-out-of-memory');
    // Above `maxmemory`: now Redis itself refuses, not the 90 % mark.
    await redis.config('SET', 'maxmemory', '2mb');
    const other = await openQueue();
    expect(await codeOf(other.accept(itemsOf('late', 3)))).toBe('redis-out-of-memory');
    await expect(redis.set('anything', '1')).rejects.toThrow(/OOM/);
    let depth = 0;
    for (const orgId of ['org-0', 'org-1', 'org-2', 'late']) depth += (await queue.inspect(orgId)).depth;
    expect(depth).toBe(accepted.length);

    // BullMQ cannot deliver a lease now, so the sweeper serves the items.
    await openWorker({ ...FAST_SWEEPS, completedTtlMs: 50 });
    await until(async () => (await queue.listOrgs(1)).length === 0);
    expect(ofKind(events, 'vain-drain').length).toBeGreaterThan(0);
    // BullMQ alone would retry without a pause.
    expect(ofKind(events, 'redis-error').length).toBeLessThan(50);
    await redis.config('SET', 'maxmemory', '64mb');
    await until(async () => (await codeOf(queue.accept(itemsOf('late', 3)))) === 'none');
    await completedAll(queue, itemsOf('late', 3));
  });

  it('refuses in the script without a partial unit, if the 90 % mark was not checked', async () => {
    const server = await startOwnRedis();
    const { openQueue, redis } = setup(server);
    const queue = await openQueue();
    await queue.accept(itemsOf('a', 1));
    await redis.config('SET', 'maxmemory', '1mb');
    const units = [itemsOf('a', 2, 1), itemsOf('b', 500), itemsOf('a', 1)].map((items) =>
      queue.accept(items),
    );
    const codes = await Promise.all(units.map(codeOf));
    expect(codes).toEqual(Array(3).fill('redis-out-of-memory'));
    expect((await queue.inspect('a')).depth).toBe(1);
    expect(await redis.exists('{own:0}:mailbox:b')).toBe(0);
    expect((await queue.listOrgs(9)).map(({ orgId }) => orgId)).toEqual(['a']);
  });
});

describe('a Redis that is nearly full', () => {
  it('accepts no more items, so that leases can still be delivered', async () => {
    const server = await startOwnRedis();
    const { openQueue, openWorker, redis, events } = setup(server);
    const queue = await openQueue();
    await queue.accept(itemsOf('a', 3));
    // Large compared with connection buffers, and created by the server, so that no buffers are needed.
    await redis.setrange('ballast', 20_000_000, 'x');
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', Math.floor(used / 0.92));
    await until(async () => (await codeOf(queue.accept(itemsOf('b', 1)))) === 'redis-out-of-memory');
    expect(queue.isNearlyFull()).toBe(true);
    expect(await redis.set('anything', '1')).toBe('OK');
    await redis.config('SET', 'maxmemory', '0');
    await until(async () => (await codeOf(queue.accept(itemsOf('b', 1)))) === 'none');
    expect(queue.isNearlyFull()).toBe(false);
    await openWorker();
    await completedAll(queue, [...itemsOf('a', 3), ...itemsOf('b', 1)]);
    expect(ofKind(events, 'vain-drain')).toEqual([]);
  });

  it('is not checked more often under a higher load', async () => {
    const server = await startOwnRedis();
    const { openQueue, redis } = setup(server);
    const queue = await openQueue();
    const countLooks = async (): Promise<number> =>
      Number(/^cmdstat_info:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1] ?? 0);
    const [startedAt, before] = [performance.now(), await countLooks()];
    for (let n = 0; n < 100; n += 1) await queue.accept(itemsOf('a', 1, n));
    const looks = (await countLooks()) - before - 1;
    expect(looks).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / MEMORY_CHECK_INTERVAL_MS);
  });
});

describe('waking that fails', () => {
  it('fails no acceptance, is reported, and is repaired by the sweeper', async () => {
    const server = await startOwnRedis();
    const { openQueue, openWorker, redis, events } = setup(server);
    const queue = await openQueue();
    // The deduplication key of this org's partition has a type that BullMQ's script cannot use.
    const key = `{own:0}:turns:de:line-${partitionOf('a')}`;
    await redis.lpush(key, 'not a string');
    expect(await queue.accept(itemsOf('a', 2))).toMatchObject({ kind: 'accepted' });
    await until(() => ofKind(events, 'wake-failed').length === 1);
    await redis.del(key);
    await openWorker(FAST_SWEEPS);
    await completedAll(queue, itemsOf('a', 2));
  });
});

describe('a Redis that refuses CONFIG', () => {
  it('has unknown durability, and one with weak settings is not durable', async () => {
    const server = await startOwnRedis();
    const { openQueue, redis } = setup(server);
    const queue = await openQueue();
    await redis.acl('SETUSER', 'default', '-config');
    expect(await queue.durability()).toEqual({ isDurable: 'unknown' });
    const weak = await startRedis({ durable: false });
    atEnd(() => weak.stop());
    const weakQueue = await setup(weak).openQueue();
    expect(await weakQueue.durability()).toMatchObject({ appendonly: 'no', isDurable: false });
  });
});

/** Redis killed, restarted, full, loading, stopped, in cluster mode: what was accepted is never lost, and errors are honest. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { makeTestFolder, type RunningServer, startRedis } from '@slotline/testkit';
import { QueueUnavailableError } from '../src/index.ts';
import { MEMORY_CHECK_INTERVAL_MS } from '../src/limits.ts';
import { lineOf } from '../src/shards.ts';
import {
  atEnd,
  FAST_SWEEPS,
  idsOf,
  itemsOf,
  ofKind,
  resultsOf,
  settledAll,
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

/** It answers nobody until it is let go on; at the end of the test at the latest, or it could not be shut down. */
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
  it('loses nothing it acknowledged, and worker and queue go on with the same log', async () => {
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
    const results = await settledAll(
      queue,
      acknowledged.map((id) => ({ id })),
    );
    expect(results.filter((result) => result === undefined)).toEqual([]);
    expect(acknowledged.filter((id) => !handled.has(id))).toEqual([]);
  });

  it.each([3_000, 10_000])(
    'is consumed from again after %i ms away, without a restart of anything',
    async (awayMs) => {
      const server = await startOwnRedis();
      const { openQueue, openWorker } = setup(server);
      const queue = await openQueue();
      await openWorker({ sweepAfterMs: 2_000 });
      await queue.accept(itemsOf('a', 1));
      await settledAll(queue, itemsOf('a', 1));
      // The outage itself is a length of time; nothing is asserted about how long anything takes.
      await server.kill();
      const waiting = queue.settled(['a-1'], { timeoutMs: 25_000 });
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      expect(await codeOf(queue.accept(itemsOf('a', 1, 1)))).toBe('redis-unavailable');
      await server.restart();
      await until(async () => (await codeOf(queue.accept(itemsOf('a', 1, 1)))) === 'none');
      // Waited for since before the outage: the subscription is back, and so is what it missed.
      expect(await waiting).toEqual([{ done: 'a-1' }]);
    },
  );

  it('is told apart at once, and what was refused then never turns up later', async () => {
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
    // The connection is back and answered: anything held back would have been sent before the ping.
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
    // Unknown means unknown: the same ids again are harmless, whichever way it went.
    await until(async () => (await codeOf(queue.accept(itemsOf('a', 1, 1)))) === 'none');
    expect((await queue.inspect('a')).depth).toBe(2);
  });

  it('is waited for by who opens, as its disk may only be busy', async () => {
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

  it('is given up by who opens in the end, and is said to be there', async () => {
    const server = await startOwnRedis();
    stall(server.running());
    const opening = setup(server).openQueue();
    const { host } = new URL(server.url);
    await expect(opening).rejects.toMatchObject({
      code: 'timeout',
      message: `Redis at ${host} does not answer`,
    });
  });

  it('keeps an acceptance back while too few replicas have it, and the retry is a replay', async () => {
    const server = await startOwnRedis();
    const { openQueue } = setup(server);
    const queue = await openQueue({ minReplicas: 1, commandTimeoutMs: 2_000 });
    expect(await codeOf(queue.accept(itemsOf('a', 1)))).toBe('replicas-missing');
    const plain = await openQueue();
    expect(await plain.accept(itemsOf('a', 1))).toMatchObject({ items: [{ kind: 'replayed' }] });
  });
});

describe('a Redis that loads its log', () => {
  it('is unavailable until it has, and then everything is there', async () => {
    const server = await startOwnRedis();
    const { openQueue, redis } = setup(server);
    const queue = await openQueue();
    const filler = 'x'.repeat(1_000);
    await queue.accept(itemsOf('a', 600).map((item) => ({ ...item, payload: { n: 0, filler } })));
    await server.kill();
    // A key takes this long to load, so that loading can be seen at all.
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
  it('refuses units whole, tears nothing, and is emptied by the worker all the same', async () => {
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
    // Fuller than full: now Redis itself refuses, not our mark.
    await redis.config('SET', 'maxmemory', '2mb');
    const other = await openQueue();
    expect(await codeOf(other.accept(itemsOf('late', 3)))).toBe('redis-out-of-memory');
    await expect(redis.set('anything', '1')).rejects.toThrow(/OOM/);
    let depth = 0;
    for (const orgId of ['org-0', 'org-1', 'org-2', 'late']) depth += (await queue.inspect(orgId)).depth;
    expect(depth).toBe(accepted.length);

    // BullMQ cannot deal a turn out now, so this is the sweeper's doing.
    await openWorker({ ...FAST_SWEEPS, settledTtlMs: 50 });
    await until(async () => (await queue.listOrgs(1)).length === 0);
    expect(ofKind(events, 'vain-drain').length).toBeGreaterThan(0);
    // BullMQ alone would ask again as fast as Redis refuses.
    expect(ofKind(events, 'redis-error').length).toBeLessThan(50);
    await redis.config('SET', 'maxmemory', '64mb');
    await until(async () => (await codeOf(queue.accept(itemsOf('late', 3)))) === 'none');
    await settledAll(queue, itemsOf('late', 3));
  });

  it('refuses through the script without half a unit, when nobody watched the mark', async () => {
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
  it('gets no more items, so that turns can still be dealt out', async () => {
    const server = await startOwnRedis();
    const { openQueue, openWorker, redis, events } = setup(server);
    const queue = await openQueue();
    await queue.accept(itemsOf('a', 3));
    // So large that the buffers of connections do not matter beside it, and made by the server, without any.
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
    await settledAll(queue, [...itemsOf('a', 3), ...itemsOf('b', 1)]);
    expect(ofKind(events, 'vain-drain')).toEqual([]);
  });

  it('is looked at no more often because much is accepted', async () => {
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
  it('fails no acceptance, is told, and is made good by the sweeper', async () => {
    const server = await startOwnRedis();
    const { openQueue, openWorker, redis, events } = setup(server);
    const queue = await openQueue();
    // The deduplication key of this org's line is of a kind that BullMQ's script cannot use.
    const key = `{own:0}:turns:de:line-${lineOf('a')}`;
    await redis.lpush(key, 'not a string');
    expect(await queue.accept(itemsOf('a', 2))).toMatchObject({ kind: 'accepted' });
    await until(() => ofKind(events, 'wake-failed').length === 1);
    await redis.del(key);
    await openWorker(FAST_SWEEPS);
    await settledAll(queue, itemsOf('a', 2));
  });
});

describe('a Redis that will not tell its settings', () => {
  it('is of unknown durability, and a weak one is not durable', async () => {
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

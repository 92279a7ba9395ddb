/** Watching orgs: hints reach all watchers and only them, across workers, shards and outages. */
import { describe, expect, it } from '@jest/globals';
import { makeTestFolder, startRedis } from '@slotline/testkit';
import { Redis } from 'ioredis';
import { SUBSCRIBE_CHANNELS_MAX, WATCH_REST_MS, WATCHED_ORGS_MAX } from '../src/limits.ts';
import { atEnd, completedAll, itemsOf, setup, until } from './setup.ts';

async function startCluster(): Promise<{ url: string }> {
  const settings = { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' };
  const server = await startRedis({ durable: false, settings });
  atEnd(() => server.stop());
  const redis = new Redis(server.url);
  await redis.cluster('ADDSLOTSRANGE', 0, 16_383);
  await until(async () => /cluster_state:ok/.test(await redis.cluster('INFO')));
  redis.disconnect();
  return server;
}

/** Opens watches that count their calls. */
function counter(): { calls: number; count: () => void } {
  const counted = { calls: 0, count: () => void (counted.calls += 1) };
  return counted;
}

async function countWatched(redis: Redis, name: string): Promise<number> {
  return ((await redis.pubsub('CHANNELS', `{${name}:*}:settled:*`)) as string[]).length;
}

async function answers(queue: { ping(): Promise<void> }): Promise<boolean> {
  return queue.ping().then(
    () => true,
    () => false,
  );
}

describe.each([
  ['one shard', async () => ({ server: undefined, target: {} })],
  ['four shards', async () => ({ server: undefined, target: { shards: 4 } })],
  ['a cluster', async () => ({ server: await startCluster(), target: { shards: 4, cluster: true } })],
])('watching on %s', (_where, prepare) => {
  it('calls all watchers of the completed org, in any process, and no others', async () => {
    const { server, target } = await prepare();
    const { openQueue, openWorker } = setup(server);
    const [here, there] = [await openQueue(target), await openQueue(target)];
    await openWorker(target);
    const [ofA, ofAThere, ofB] = [counter(), counter(), counter()];
    here.watch('a', ofA.count);
    here.watch('b', ofB.count);
    there.watch('a', ofAThere.count);
    // One call each signals that the subscription has begun.
    await until(() => ofA.calls === 1 && ofAThere.calls === 1 && ofB.calls === 1);
    await here.accept(itemsOf('a', 3));
    await until(() => ofA.calls > 1 && ofAThere.calls > 1);
    await completedAll(here, itemsOf('a', 3));
    expect(ofB.calls).toBe(1);
  });
});

describe('a watch', () => {
  it('calls every listener of an org until it ends its watch, even the same function registered twice', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker();
    const [one, two] = [counter(), counter()];
    const end = queue.watch('a', one.count);
    queue.watch('a', one.count);
    queue.watch('a', two.count);
    await until(() => one.calls === 2 && two.calls === 1);
    end();
    end();
    await queue.accept(itemsOf('a', 1));
    await until(() => two.calls === 2);
    expect(one.calls).toBe(3);
  });

  it('is debounced: a hundred completions cause few calls, the last one is reported, and a call may end the watch', async () => {
    const { openQueue, openWorker, redis, name } = setup();
    const queue = await openQueue();
    await openWorker({ batchMax: 1 });
    const seen = counter();
    let depthAtLastCall = -1;
    const end = queue.watch('a', () => {
      seen.count();
      void queue.inspect('a').then(({ depth }) => (depthAtLastCall = depth));
    });
    await until(() => seen.calls === 1);
    const beganAt = performance.now();
    await queue.accept(itemsOf('a', 100));
    await completedAll(queue, itemsOf('a', 100));
    await until(() => depthAtLastCall === 0);
    // Independent of how long the completions took: there is a pause between two calls.
    const restsMax = Math.ceil((performance.now() - beganAt) / WATCH_REST_MS);
    expect(seen.calls - 1).toBeLessThanOrEqual(restsMax + 1);
    end();
    const ended = counter();
    const endItself = queue.watch('a', () => {
      ended.count();
      endItself();
    });
    await until(async () => ended.calls === 1 && (await countWatched(redis, name)) === 0);
  });

  it('takes a channel in Redis while it is open, and nothing before and after', async () => {
    const { openQueue, redis, name } = setup();
    const queue = await openQueue();
    expect(await countWatched(redis, name)).toBe(0);
    const ends = Array.from({ length: 30 }, (_, at) => queue.watch(`org-${at % 3}`, () => undefined));
    await until(async () => (await countWatched(redis, name)) === 3);
    for (const end of ends) end();
    await until(async () => (await countWatched(redis, name)) === 0);
  });

  it('beyond the limit of orgs never calls, and the others keep being called', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker();
    const within = counter();
    const beyond = counter();
    const ends = Array.from({ length: WATCHED_ORGS_MAX }, (_, at) => queue.watch(`o-${at}`, within.count));
    const endBeyond = queue.watch('late', beyond.count);
    await until(() => within.calls === WATCHED_ORGS_MAX);
    await queue.accept([...itemsOf('late', 1), ...itemsOf('o-7', 1)]);
    await until(() => within.calls > WATCHED_ORGS_MAX);
    await completedAll(queue, itemsOf('late', 1));
    expect(beyond.calls).toBe(0);
    endBeyond();
    ends[0]?.();
    queue.watch('late', beyond.count);
    await until(() => beyond.calls === 1);
  });

  it('makes no call after the queue is closed', async () => {
    const { openQueue } = setup();
    const queue = await openQueue();
    const seen = counter();
    queue.watch('a', seen.count);
    await until(() => seen.calls === 1);
    await queue.close();
    queue.watch('b', seen.count)();
    expect(seen.calls).toBe(1);
  });
});

describe('watches over an outage', () => {
  it('are called once when Redis is back, report later completions, and leave no channel behind', async () => {
    const dir = makeTestFolder('redis');
    let server = await startRedis({ dir });
    atEnd(() => server.stop());
    const { openQueue, openWorker, redis } = setup(server);
    const queue = await openQueue();
    const many = counter();
    const orgs = SUBSCRIBE_CHANNELS_MAX + 1;
    for (let at = 0; at < orgs; at += 1) queue.watch(`org-${at}`, many.count);
    const ended = counter();
    const endDuring = queue.watch('gone', ended.count);
    await until(() => many.calls === orgs && ended.calls === 1);

    await server.kill();
    await until(async () => !(await answers(queue)));
    endDuring();
    const begun = counter();
    queue.watch('begun-meanwhile', begun.count);
    // Watches opened and closed while Redis is unavailable queue no commands.
    for (let round = 0; round < 1_000; round += 1) queue.watch(`churn-${round}`, () => undefined)();
    server = await startRedis({ dir, port: server.port });
    await until(() => many.calls >= 2 * orgs && begun.calls >= 1);
    await until(() => answers(queue));

    await openWorker();
    const before = many.calls;
    await queue.accept([...itemsOf('org-0', 1), ...itemsOf('gone', 1)]);
    await until(() => many.calls > before);
    // ioredis resubscribed the ended channel automatically; its first message unsubscribed it.
    await completedAll(queue, itemsOf('gone', 1));
    await until(async () => (await countWatched(redis, 'own')) === orgs + 1);
    expect(ended.calls).toBe(1);
  });
});

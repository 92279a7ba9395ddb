/** Byte limits: one call, one message and one record in Redis are bounded for any payloads and results. */
import { describe, expect, it } from '@jest/globals';
import { ELSEWHERE } from '../src/index.ts';
import { ANNOUNCED_BYTES_MAX, LIST_WAITING_BYTES_MAX, WORK_CALL_BYTES_MAX } from '../src/limits.ts';
import { atEnd, completedAll, idsOf, itemsOf, resultsOf, type Room, setup, until } from './setup.ts';
import { watchCommands } from './watch-commands.ts';

const LARGE = 'x'.repeat(5_000);
const WAIT = { timeoutMs: 25_000 };

function largeItems(count: number, filler = LARGE) {
  return itemsOf('a', count).map((item) => ({ ...item, payload: { ...item.payload, filler } }));
}

/** Collects the arguments of all scripts that run from now on. */
async function watchScripts({ redisUrl }: Room): Promise<(readonly string[])[]> {
  const scripts: (readonly string[])[] = [];
  await watchCommands(redisUrl, (args) => {
    if (args[0]?.toLowerCase() === 'evalsha') scripts.push(args);
  });
  return scripts;
}

describe('a result over 4 kB', () => {
  it('is not kept, and every read returns ELSEWHERE', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const item = { id: 'x', orgId: 'a', payload: { n: 1 }, fingerprint: 'f' };
    const expected = queue.expect(['x']);
    await room.openWorker({ handle: async () => [{ done: LARGE }] });
    await queue.accept([item]);
    expect(await expected.completed(WAIT)).toEqual([ELSEWHERE]);
    expect(await queue.completed(['x'], WAIT)).toEqual([ELSEWHERE]);
    const state = { state: 'completed', orgId: 'a', result: ELSEWHERE };
    expect(await queue.find(['x'])).toEqual([state]);
    expect(await queue.accept([item])).toEqual({ kind: 'accepted', items: [{ kind: 'replayed', state }] });
    expect(await room.redis.memory('USAGE', `{${room.name}:0}:i:x`)).toBeLessThan(300);
  });

  it('can be limited to less by resultBytesMax', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker({
      resultBytesMax: 20,
      handle: async () => [{ done: 'short' }, { done: 'a long result' }],
    });
    await queue.accept(itemsOf('a', 2));
    expect(await completedAll(queue, itemsOf('a', 2))).toEqual([{ done: 'short' }, ELSEWHERE]);
  });
});

it('a batch with many bytes of results is completed in several calls and announced in several messages', async () => {
  const room = setup();
  const queue = await room.openQueue();
  const items = itemsOf('a', 500);
  await queue.accept(items);
  const scripts = await watchScripts(room);
  const listener = room.redis.duplicate();
  atEnd(async () => listener.disconnect());
  const messages: string[] = [];
  listener.on('message', (_channel: string, message: string) => messages.push(message));
  await listener.subscribe(`${room.name}:settled`);
  const done = 'y'.repeat(4_000);
  await room.openWorker({ handle: async (batch) => resultsOf(batch).map(() => ({ done })) });
  expect(await completedAll(queue, items)).toEqual(items.map(() => ({ done })));
  await until(() => scripts.some((args) => args.join('').length > 100_000));
  const sizes = scripts.map((args) => args.join('').length);
  expect(Math.max(...sizes)).toBeLessThan(WORK_CALL_BYTES_MAX + 100_000);
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(ANNOUNCED_BYTES_MAX + 20_000);
});

describe('a payload over 4 kB', () => {
  const summarize = ({ n }: { n: number }) => ({ about: n });

  it('is shown as its summary while it waits, and handed out in full', async () => {
    const { openQueue, openWorker, redis, name } = setup();
    const queue = await openQueue({ summarize });
    const [item, small] = [...largeItems(1), ...itemsOf('a', 1, 1)];
    if (!item || !small) throw new Error('two items');
    // The first enters an empty mailbox, and the second time it is a replay.
    const waiting = { state: 'waiting', orgId: 'a', summary: { about: 0 }, place: 1 };
    await queue.accept([item]);
    expect(await queue.accept([item, small])).toMatchObject({
      items: [{ kind: 'replayed', state: waiting }, { kind: 'queued' }],
    });
    expect(await queue.find(['a-0'])).toEqual([waiting]);
    expect(await queue.listWaiting('a', { limit: 5 })).toEqual({
      items: [
        { id: 'a-1', state: 'waiting', orgId: 'a', payload: { n: 1 }, place: 2 },
        { id: 'a-0', ...waiting },
      ],
    });
    const handled: unknown[] = [];
    await openWorker({
      handle: async (batch) => {
        handled.push(...batch.items.map(({ payload }) => payload));
        return resultsOf(batch);
      },
    });
    await completedAll(queue, [item, small]);
    expect(handled).toEqual([item.payload, small.payload]);
    expect(await redis.exists(`{${name}:0}:large:a`, `{${name}:0}:mailbox:a`)).toBe(0);
  });

  it('is deleted from Redis when it is completed, even if other items wait behind it', async () => {
    const { openQueue, openWorker, redis, name } = setup();
    const queue = await openQueue();
    await queue.accept(largeItems(4));
    expect(await redis.hlen(`{${name}:0}:large:a`)).toBe(4);
    const held = Promise.withResolvers<void>();
    await openWorker({
      batchMax: 2,
      handle: async (batch) => {
        if (batch.items[0]?.id === 'a-2') await held.promise;
        return resultsOf(batch);
      },
    });
    await completedAll(queue, itemsOf('a', 2));
    expect(await redis.hlen(`{${name}:0}:large:a`)).toBe(2);
    held.resolve();
    await completedAll(queue, itemsOf('a', 4));
    expect(await redis.exists(`{${name}:0}:large:a`)).toBe(0);
  });

  it('is taken in batches of bounded bytes', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const items = largeItems(30);
    await queue.accept(items);
    const sizes: number[] = [];
    await openWorker({
      batchBytesMax: 20_100,
      handle: async (batch) => {
        sizes.push(batch.items.length);
        return resultsOf(batch);
      },
    });
    await completedAll(queue, items);
    expect(Math.max(...sizes)).toBe(4);
  });

  it('stored in the mailbox by an older release is not shown, and handed out in full', async () => {
    const { openQueue, openWorker, redis, name } = setup();
    const queue = await openQueue();
    const tag = `{${name}:0}`;
    const payload = JSON.stringify({ n: 7, filler: LARGE });
    await redis.set(`${tag}:seq`, 5);
    await redis.xadd(`${tag}:mailbox:a`, `5-${Date.now()}`, 'i', 'old', 'p', payload);
    const record = "redis.call('SET', KEYS[1], cmsgpack.pack(0, 'a', 5, 1))";
    await redis.eval(record, 1, `${tag}:i:old`);
    await redis.zadd(`${tag}:busy`, Date.now(), 'a');
    await queue.accept(largeItems(1));
    expect((await queue.listWaiting('a', { limit: 5 })).items).toMatchObject([
      { id: 'a-0', place: 2 },
      { id: 'old', place: 1 },
    ]);
    expect(await queue.find(['old'])).toEqual([{ state: 'waiting', orgId: 'a', place: 1 }]);
    const handled: unknown[] = [];
    await openWorker({
      sweepAfterMs: 1,
      sweepIntervalMs: 20,
      handle: async (batch) => {
        handled.push(...batch.items.map(({ payload: { n, filler } }) => [n, filler]));
        return resultsOf(batch);
      },
    });
    await queue.completed(['old', 'a-0'], WAIT);
    expect(handled).toEqual([
      [7, LARGE],
      [0, LARGE],
    ]);
  });
});

it('waiting items are listed in pages of at most 1 MB, without a gap', async () => {
  const queue = await setup().openQueue();
  const items = largeItems(400, 'z'.repeat(4_000));
  await queue.accept(items);
  const pages: string[][] = [];
  let before: string | undefined;
  do {
    const page = await queue.listWaiting('a', { limit: 1_000, ...(before === undefined ? {} : { before }) });
    expect(JSON.stringify(page.items).length).toBeLessThan(1.1 * LIST_WAITING_BYTES_MAX);
    pages.push(idsOf(page.items));
    before = page.next;
  } while (before !== undefined);
  expect(pages.flat()).toEqual(idsOf(items).toReversed());
  expect(pages).toHaveLength(2);
});

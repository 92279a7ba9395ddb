/** Acceptance: units, replays, places, limits, and one call per tick. */
import { describe, expect, it } from '@jest/globals';
import { startRedis } from '@slotline/testkit';
import type { Redis } from 'ioredis';
import { atEnd, completedAll, idsOf, itemsOf, setup, until } from './setup.ts';

async function countScripts(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  return [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

describe('accepting', () => {
  it('enqueues items in the order of the unit', async () => {
    const queue = await setup().openQueue();
    const acceptance = await queue.accept(itemsOf('a', 3));
    expect(acceptance).toEqual({
      kind: 'accepted',
      items: [1, 2, 3].map((place) => ({ kind: 'queued', place })),
    });
    expect(await queue.find(['a-1', 'nobody'])).toEqual([
      { state: 'waiting', orgId: 'a', payload: { n: 1 }, place: 2 },
      undefined,
    ]);
  });

  it('answers a known id with its state if the fingerprint is equal, and with a mismatch otherwise', async () => {
    const { openQueue, openWorker, redis, name } = setup();
    const queue = await openQueue();
    const item = { id: 'x', orgId: 'a', payload: { n: 1 }, fingerprint: 'one' };
    await queue.accept([item]);
    const state = { state: 'waiting', orgId: 'a', payload: { n: 1 }, fingerprint: 'one', place: 1 };
    expect(await queue.accept([item])).toEqual({ kind: 'accepted', items: [{ kind: 'replayed', state }] });
    const other = { ...item, payload: { n: 2 }, fingerprint: 'two' };
    expect(await queue.accept([other])).toEqual({ kind: 'accepted', items: [{ kind: 'mismatch' }] });
    expect(await redis.xlen(`{${name}:0}:mailbox:a`)).toBe(1);

    await openWorker();
    await completedAll(queue, [item]);
    const completed = { state: 'completed', orgId: 'a', result: { done: 'x' } };
    expect(await queue.accept([item])).toEqual({
      kind: 'accepted',
      items: [{ kind: 'replayed', state: completed }],
    });
    expect(await queue.accept([other])).toEqual({ kind: 'accepted', items: [{ kind: 'mismatch' }] });
  });

  it('never shows an item of one org to another that uses the same id', async () => {
    const queue = await setup().openQueue();
    await queue.accept([{ id: 'x', orgId: 'a', payload: { n: 1 } }]);
    const acceptance = await queue.accept([{ id: 'x', orgId: 'b', payload: { n: 1 } }]);
    expect(acceptance).toEqual({ kind: 'accepted', items: [{ kind: 'mismatch' }] });
  });

  it('treats a second item with the same id in a unit as a replay of the first', async () => {
    const queue = await setup().openQueue({ mailboxMax: 1 });
    const [item] = itemsOf('a', 1);
    if (!item) throw new Error('one item');
    const acceptance = await queue.accept([item, item, { ...item, fingerprint: 'other' }]);
    expect(acceptance).toMatchObject({
      kind: 'accepted',
      items: [{ kind: 'queued', place: 1 }, { kind: 'replayed' }, { kind: 'mismatch' }],
    });
    expect((await queue.inspect('a')).depth).toBe(1);
  });

  it('refuses a whole unit when one of its orgs has no room, and enqueues nothing', async () => {
    const { openQueue, redis, name } = setup();
    const queue = await openQueue({ mailboxMax: 2 });
    await queue.accept(itemsOf('full', 2));
    const refused = await queue.accept([...itemsOf('empty', 2), ...itemsOf('full', 1, 2)]);
    expect(refused).toEqual({
      kind: 'full',
      by: 'items',
      orgId: 'full',
      depth: 2,
      limit: 2,
      retryAfterMs: expect.any(Number),
    });
    expect(await queue.find(['empty-0', 'empty-1', 'full-2'])).toEqual([undefined, undefined, undefined]);
    expect(await redis.exists(`{${name}:0}:mailbox:empty`)).toBe(0);
    expect(idsOf((await queue.listOrgs(10)).map(({ orgId }) => ({ id: orgId })))).toEqual(['full']);
  });

  it('counts only new items against the limit, so a retry of a full unit is a replay', async () => {
    const queue = await setup().openQueue({ mailboxMax: 3 });
    await queue.accept(itemsOf('a', 3));
    expect(await queue.accept(itemsOf('a', 3))).toMatchObject({
      kind: 'accepted',
      items: [{ kind: 'replayed' }, { kind: 'replayed' }, { kind: 'replayed' }],
    });
    expect(await queue.accept(itemsOf('a', 1, 3))).toMatchObject({ kind: 'full' });
  });

  it('keeps the mailbox bounded when many units of one tick compete for the last room', async () => {
    const queue = await setup().openQueue({ mailboxMax: 10 });
    const units = Array.from({ length: 8 }, (_, at) => queue.accept(itemsOf('a', 3, at * 3)));
    const kinds = (await Promise.all(units)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(3);
    expect((await queue.inspect('a')).depth).toBe(9);
  });

  it('sends all units of one tick in one call', async () => {
    const server = await startRedis({ durable: false });
    atEnd(() => server.stop());
    const { openQueue, redis } = setup(server);
    const queue = await openQueue();
    // Every org has an item in its partition already, so accepting adds no lease and no other script runs.
    for (let at = 0; at < 7; at += 1) await queue.accept(itemsOf(`org-${at}`, 1));
    await until(async () => (await redis.llen('{own:0}:turns:wait')) === 7);
    await queue.find(['org-0-0']);
    const before = await countScripts(redis);
    const units = Array.from({ length: 50 }, (_, at) =>
      queue.accept(itemsOf(`org-${at % 7}`, 2, at * 2 + 1)),
    );
    await Promise.all(units);
    expect((await countScripts(redis)) - before).toBe(1);
    await Promise.all(units.map((_, at) => queue.find([`org-${at % 7}-0`])));
    expect((await countScripts(redis)) - before).toBe(2);
  });

  it('accepts any characters in ids and payloads', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const orgId = 'o}{:\n"\u0000é😀*?[x]';
    const item = {
      id: `i}{:\r\n\u0000 ${'😀'.repeat(50)}`,
      orgId,
      payload: { n: 1, filler: '\u0000\ud800"\\' },
    };
    await queue.accept([item]);
    const [found] = await queue.find([item.id]);
    expect(found).toMatchObject({ orgId, payload: { n: 1, filler: '\u0000\ud800"\\' } });
    const handled: unknown[] = [];
    await openWorker({
      handle: async ({ orgId: of, items }) => {
        handled.push(of, items[0]?.id, items[0]?.payload.filler);
        return [{ done: items[0]?.id ?? '' }];
      },
    });
    expect(await completedAll(queue, [item])).toEqual([{ done: item.id }]);
    expect(handled).toEqual([orgId, item.id, item.payload.filler]);
  });

  it('rejects invalid units and ids', async () => {
    const queue = await setup().openQueue();
    const [item] = itemsOf('a', 1);
    if (!item) throw new Error('one item');
    await expect(queue.accept([])).rejects.toThrow(RangeError);
    await expect(queue.accept(itemsOf('a', 1_001))).rejects.toThrow(RangeError);
    await expect(queue.accept([{ ...item, id: 'x'.repeat(201) }])).rejects.toThrow(RangeError);
    await expect(queue.accept([{ ...item, orgId: '' }])).rejects.toThrow(RangeError);
    await expect(queue.accept([{ ...item, id: '\ud800' }])).rejects.toThrow(RangeError);
    expect(await queue.listOrgs(1)).toEqual([]);
  });

  it('returns estimates once the pace of the org is measured', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue({ mailboxMax: 10 });
    const worker = await openWorker();
    await queue.accept(itemsOf('a', 5));
    await completedAll(queue, itemsOf('a', 5));
    await worker.close();
    const acceptance = await queue.accept(itemsOf('a', 10, 5));
    const { paceMs } = await queue.inspect('a');
    expect(paceMs).toBeGreaterThan(0);
    if (acceptance.kind !== 'accepted') throw new Error('there is room');
    const [, second] = acceptance.items;
    expect(second).toEqual({ kind: 'queued', place: 2, etaMs: Math.ceil(2 * (paceMs ?? 0)) });
    expect(await queue.accept(itemsOf('a', 1, 99))).toMatchObject({ kind: 'full' });
  });
});

/** Listing waiting items: newest first, in pages, with the place of each item. */
import { describe, expect, it } from '@jest/globals';
import { LIST_WAITING_MAX } from '../src/limits.ts';
import { completedAll, idsOf, itemsOf, setup } from './setup.ts';

describe('the list of waiting items', () => {
  it('is newest first, shows items as find does, and has no gap between pages', async () => {
    const queue = await setup().openQueue({ shards: 4 });
    const items = itemsOf('a', 7).map((item) => ({ ...item, fingerprint: `f-${item.id}` }));
    await queue.accept([...items, ...itemsOf('b', 2)]);
    const ids: string[] = [];
    let before: string | undefined;
    do {
      const page = await queue.listWaiting('a', { limit: 3, ...(before === undefined ? {} : { before }) });
      for (const { id, ...state } of page.items) {
        expect([state]).toEqual(await queue.find([id]));
        ids.push(id);
      }
      before = page.next;
    } while (before !== undefined);
    expect(ids).toEqual(idsOf(items).reverse());
  });

  it('omits completed items, keeps the places correct, and is empty in the end', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await queue.accept(itemsOf('a', 4));
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await openWorker({
      batchMax: 2,
      handle: async ({ items }) => {
        if (items[0]?.id === 'a-2') await released;
        return items.map(({ id }) => ({ done: id }));
      },
    });
    await completedAll(queue, itemsOf('a', 2));
    expect((await queue.listWaiting('a', { limit: 10 })).items).toMatchObject([
      { id: 'a-3', place: 2, payload: { n: 3 } },
      { id: 'a-2', place: 1, payload: { n: 2 } },
    ]);
    release();
    await completedAll(queue, itemsOf('a', 4));
    expect(await queue.listWaiting('a', { limit: 10 })).toEqual({ items: [] });
    expect(await queue.listWaiting('nobody', { limit: 10, before: '5-5' })).toEqual({ items: [] });
  });

  it('is bounded for any requested limit', async () => {
    const queue = await setup().openQueue();
    await queue.accept(itemsOf('a', LIST_WAITING_MAX));
    await queue.accept(itemsOf('a', 1, LIST_WAITING_MAX));
    expect((await queue.listWaiting('a', { limit: 1e9 })).items).toHaveLength(LIST_WAITING_MAX);
    expect((await queue.listWaiting('a', { limit: 0 })).items).toHaveLength(1);
  });

  it.each(['', 'x', '5', '-', '5-', '5-5 ', '(5-5', '99999999999999999999-1'])(
    'rejects %j as before, because it is not a stream id',
    async (before) => {
      const queue = await setup().openQueue();
      await expect(queue.listWaiting('a', { limit: 1, before })).rejects.toThrow(RangeError);
    },
  );
});

/** Items that cannot be handled: isolated, buried with their cause, without delaying other orgs. */
import { describe, expect, it } from '@jest/globals';
import { type Batch, completedAll, idsOf, itemsOf, ofKind, resultsOf, setup, until } from './setup.ts';

const POISON = new Error('cannot be decided');

function createPoisonable(poisonIds: ReadonlySet<string>): {
  handle: (batch: Batch) => Promise<{ done: string }[]>;
  handled: string[];
  calls: number[];
} {
  const handled: string[] = [];
  const calls: number[] = [];
  return {
    handled,
    calls,
    async handle(batch) {
      calls.push(batch.items.length);
      if (batch.items.some(({ id }) => poisonIds.has(id))) throw POISON;
      handled.push(...idsOf(batch.items));
      return resultsOf(batch);
    },
  };
}

describe('poison', () => {
  it('is found by bisection, buried with its cause, and the other items continue in order', async () => {
    const { openQueue, openWorker, events } = setup();
    const queue = await openQueue();
    const items = itemsOf('a', 100);
    await queue.accept(items);
    const { handle, handled, calls } = createPoisonable(new Set(['a-37', 'a-38', 'a-99']));
    const buried: string[] = [];
    await openWorker({
      handle,
      bury: async ({ id, orgId, raw, cause }) => {
        expect({ orgId, raw, cause }).toEqual({
          orgId: 'a',
          raw: JSON.stringify({ n: Number(id.slice(2)) }),
          cause: POISON,
        });
        buried.push(id);
        return { done: 'buried' };
      },
    });
    const results = await completedAll(queue, items);
    expect(buried).toEqual(['a-37', 'a-38', 'a-99']);
    expect(handled).toEqual(idsOf(items).filter((id) => !buried.includes(id)));
    expect(results[37]).toEqual({ done: 'buried' });
    expect(results[39]).toEqual({ done: 'a-39' });
    expect(ofKind(events, 'item-buried').map(({ id }) => id)).toEqual(buried);
    // Three tries of the whole batch, then halves.
    expect(calls.slice(0, 5)).toEqual([100, 100, 100, 50, 25]);
    expect(calls.length).toBeLessThan(3 + 3 * 2 * Math.log2(128));
  });

  it('that does not parse is buried at once, in its place in the order', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const items = itemsOf('a', 5);
    await queue.accept(items);
    const log: string[] = [];
    await openWorker({
      parse: (raw) => {
        const payload = JSON.parse(raw) as { n: number };
        if (payload.n === 2) throw new SyntaxError('version 9 is not known');
        return payload;
      },
      handle: async (batch) => {
        log.push(`handle ${idsOf(batch.items).join(' ')}`);
        return resultsOf(batch);
      },
      bury: async ({ id, cause }) => {
        log.push(`bury ${id}: ${cause.message}`);
        return { done: 'buried' };
      },
    });
    await completedAll(queue, items);
    expect(log).toEqual(['handle a-0 a-1', 'bury a-2: version 9 is not known', 'handle a-3 a-4']);
  });

  it('that cannot be buried yet delays its org and no other', async () => {
    const { openQueue, openWorker, events } = setup();
    const queue = await openQueue();
    let isGraveOpen = false;
    const { handle } = createPoisonable(new Set(['sick-0']));
    await openWorker({
      handle,
      retryBackoffMs: 10,
      bury: async () => {
        if (!isGraveOpen) throw new Error('database away');
        return { done: 'buried' };
      },
    });
    await queue.accept([...itemsOf('sick', 2), ...itemsOf('well', 2)]);
    await completedAll(queue, itemsOf('well', 2));
    await until(() => ofKind(events, 'batch-failed').length >= 2);
    expect(await queue.find(['sick-0', 'sick-1'])).toMatchObject([
      { state: 'waiting' },
      { state: 'waiting' },
    ]);
    isGraveOpen = true;
    expect(await completedAll(queue, itemsOf('sick', 2))).toEqual([{ done: 'buried' }, { done: 'sick-1' }]);
  });

  it('is not assumed when the store is unavailable: no item is buried for that', async () => {
    const { openQueue, openWorker, events } = setup();
    const queue = await openQueue();
    const sizes: number[] = [];
    let failures = 6;
    await openWorker({
      batchMax: 64,
      retryBackoffMs: 5,
      isRetryable: () => true,
      handle: async (batch) => {
        sizes.push(batch.items.length);
        failures -= 1;
        if (failures >= 0) throw new Error('statement timeout');
        return resultsOf(batch);
      },
    });
    const items = itemsOf('a', 200);
    await queue.accept(items);
    await completedAll(queue, items);
    expect(ofKind(events, 'item-buried')).toEqual([]);
    // Halved after each failure, doubled after each success, up to the maximum.
    expect(sizes).toEqual([64, 32, 16, 8, 4, 2, 1, 2, 4, 8, 16, 32, 64, 64, 9]);
  });

  it('includes batches with too few results from the handler: their items are buried, not lost', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await openWorker({ handle: async () => [] });
    await queue.accept(itemsOf('a', 2));
    expect(await completedAll(queue, itemsOf('a', 2))).toEqual([
      { done: 'buried a-0' },
      { done: 'buried a-1' },
    ]);
  });
});

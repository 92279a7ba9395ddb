/** Order and exclusion within an org, fairness between orgs, and two workers side by side. */
import { describe, expect, it } from '@jest/globals';
import { type Batch, completedAll, idsOf, itemsOf, ofKind, resultsOf, setup, until } from './setup.ts';

/** Records the order of handled items, and whether two batches of one org were ever in flight at once. */
function createLedger(): {
  handle: (batch: Batch) => Promise<{ done: string }[]>;
  idsOfOrg: (orgId: string) => string[];
  batches: Batch[];
  overlaps: () => number;
} {
  const batches: Batch[] = [];
  const open = new Set<string>();
  let overlaps = 0;
  return {
    batches,
    overlaps: () => overlaps,
    idsOfOrg: (orgId) =>
      batches.filter((batch) => batch.orgId === orgId).flatMap(({ items }) => idsOf(items)),
    async handle(batch) {
      if (open.has(batch.orgId)) overlaps += 1;
      open.add(batch.orgId);
      await new Promise((resolve) => setImmediate(resolve));
      batches.push(batch);
      open.delete(batch.orgId);
      return resultsOf(batch);
    },
  };
}

describe('order', () => {
  it('is kept for each org while many producers accept at once, and batches of one org never overlap', async () => {
    const { openQueue, openWorker } = setup();
    const queues = await Promise.all([openQueue(), openQueue()]);
    const ledger = createLedger();
    await openWorker({ handle: ledger.handle, batchMax: 7, sliceMs: 1 });
    const orgIds = ['a', 'b', 'c'];
    for (let n = 0; n < 60; n += 1) {
      await Promise.all(
        orgIds.map((orgId, at) => {
          const queue = queues[(n + at) % 2];
          if (!queue) throw new Error('two queues');
          return queue.accept(itemsOf(orgId, 3, n * 3));
        }),
      );
    }
    for (const orgId of orgIds) {
      const expected = itemsOf(orgId, 180);
      if (queues[0]) await completedAll(queues[0], expected);
      expect(ledger.idsOfOrg(orgId)).toEqual(idsOf(expected));
    }
    expect(ledger.overlaps()).toBe(0);
  });

  it('is kept when batches fail and are retried', async () => {
    const { openQueue, openWorker, events } = setup();
    const queue = await openQueue();
    const ledger = createLedger();
    let failures = 0;
    await openWorker({
      batchMax: 8,
      retryBackoffMs: 10,
      isRetryable: () => true,
      handle: async (batch) => {
        if (failures < 4 && ledger.batches.length === failures * 2) {
          failures += 1;
          throw new Error('database away');
        }
        return ledger.handle(batch);
      },
    });
    const items = itemsOf('a', 60);
    await queue.accept(items);
    await completedAll(queue, items);
    expect(ledger.idsOfOrg('a')).toEqual(idsOf(items));
    expect(ofKind(events, 'batch-failed')).toHaveLength(failures);
    expect(failures).toBe(4);
  });

  it('is kept by two workers side by side, which handle every item exactly once between them', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const ledger = createLedger();
    const options = { handle: ledger.handle, batchMax: 5, sliceMs: 1, concurrency: 3 };
    await openWorker(options);
    await openWorker(options);
    const orgIds = Array.from({ length: 12 }, (_, at) => `org-${at}`);
    const items = Array.from({ length: 40 }, (_, n) =>
      orgIds.flatMap((orgId) => itemsOf(orgId, 1, n)),
    ).flat();
    for (let from = 0; from < items.length; from += 48) await queue.accept(items.slice(from, from + 48));
    await completedAll(queue, items);
    for (const orgId of orgIds) expect(ledger.idsOfOrg(orgId)).toEqual(idsOf(itemsOf(orgId, 40)));
    expect(ledger.overlaps()).toBe(0);
  });
});

describe('fairness', () => {
  it('lets a small org wait for one slice of the hot org, not for its backlog', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await queue.accept(itemsOf('hot', 200));
    const smalls = Array.from({ length: 5 }, (_, at) => `small-${at}`);
    for (const orgId of smalls) await queue.accept(itemsOf(orgId, 1));
    const ledger = createLedger();
    // Every batch uses up its slice, and one batch at a time makes the order visible.
    await openWorker({
      concurrency: 1,
      batchMax: 10,
      sliceMs: 0.000_001,
      handle: ledger.handle,
    });
    await completedAll(queue, itemsOf('hot', 200));
    const served = ledger.batches.map(({ orgId }) => orgId);
    expect(served.slice(0, 7)).toEqual(['hot', ...smalls, 'hot']);
    expect(served).toHaveLength(20 + smalls.length);
  });

  it('serves hot orgs in rotation', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    for (const orgId of ['a', 'b', 'c']) await queue.accept(itemsOf(orgId, 50));
    const ledger = createLedger();
    await openWorker({ concurrency: 1, batchMax: 10, sliceMs: 0.000_001, handle: ledger.handle });
    for (const orgId of ['a', 'b', 'c']) await completedAll(queue, itemsOf(orgId, 50));
    const served = ledger.batches.map(({ orgId }) => orgId).join('');
    expect(served).toBe('abc'.repeat(5));
  });
});

describe('a batch', () => {
  it('is cut by bytes, and one item larger than that still fits', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const items = itemsOf('a', 6).map((item, at) => ({
      ...item,
      payload: { n: at, filler: 'x'.repeat(at === 3 ? 5_000 : 400) },
    }));
    await queue.accept(items);
    const ledger = createLedger();
    await openWorker({ batchBytesMax: 1_000, handle: ledger.handle });
    await completedAll(queue, items);
    expect(ledger.batches.map((batch) => batch.items.length)).toEqual([2, 1, 1, 2]);
  });

  it('spans the pages it is read in', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const items = itemsOf('a', 300);
    await queue.accept(items);
    const ledger = createLedger();
    await openWorker({ batchMax: 150, handle: ledger.handle });
    await completedAll(queue, items);
    expect(ledger.batches.map((batch) => batch.items.length)).toEqual([150, 150]);
    expect(ledger.idsOfOrg('a')).toEqual(idsOf(items));
  });
});

describe('place', () => {
  it('moves up as items ahead are completed, also after the mailbox was empty in between', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const first = await openWorker();
    await queue.accept(itemsOf('a', 4));
    await completedAll(queue, itemsOf('a', 4));
    await first.close();

    await queue.accept(itemsOf('a', 6, 4));
    let isOpen = false;
    const gate = Promise.withResolvers<void>();
    const worker = await openWorker({
      batchMax: 2,
      handle: async (batch) => {
        if (batch.items[0]?.id === 'a-8') {
          isOpen = true;
          await gate.promise;
        }
        return resultsOf(batch);
      },
    });
    await until(() => isOpen);
    const [behind] = await queue.find(['a-9']);
    expect(behind).toMatchObject({ state: 'waiting', place: 2 });
    await queue.accept(itemsOf('a', 1, 10));
    expect((await queue.find(['a-10']))[0]).toMatchObject({ place: 3 });
    gate.resolve();
    await completedAll(queue, itemsOf('a', 7, 4));
    expect(worker.isRunning()).toBe(true);
  });
});

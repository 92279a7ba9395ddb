/**
 * Sharing: batches are limited while other orgs are served as well, and a flood does not delay other orgs
 * until its end.
 */
import { describe, expect, it } from '@jest/globals';
import { createServedOrgs } from '../src/worker/served-orgs.ts';
import { type Batch, completedAll, itemsOf, resultsOf, setup, until } from './setup.ts';

describe('batches', () => {
  it('of a single org are as large as batchMax allows', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await queue.accept(itemsOf('a', 90));
    const sizes: number[] = [];
    await openWorker({
      batchMax: 30,
      sharedBatchMax: 10,
      handle: async (batch) => {
        sizes.push(batch.items.length);
        return resultsOf(batch);
      },
    });
    await completedAll(queue, itemsOf('a', 90));
    expect(sizes).toEqual([30, 30, 30]);
  });

  it('are limited by weight while another org is served, and never exceed batchMax', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    await queue.setWeight('b', 2);
    await queue.setWeight('c', 100);
    const orgIds = ['a', 'b', 'c'];
    const sizes = new Map<string, number[]>(orgIds.map((orgId) => [orgId, []]));
    const gate = Promise.withResolvers<void>();
    let isHeld = false;
    await openWorker({
      batchMax: 30,
      sharedBatchMax: 10,
      sliceMs: 60_000,
      handle: async (batch: Batch) => {
        if (batch.orgId === 'held') {
          isHeld = true;
          await gate.promise;
        }
        sizes.get(batch.orgId)?.push(batch.items.length);
        return resultsOf(batch);
      },
    });
    await queue.accept(itemsOf('held', 1));
    await until(() => isHeld);
    for (const orgId of orgIds) await queue.accept(itemsOf(orgId, 60));
    for (const orgId of orgIds) await completedAll(queue, itemsOf(orgId, 60));
    gate.resolve();
    expect([...sizes.values()]).toEqual([
      [10, 10, 10, 10, 10, 10],
      [20, 20, 20],
      [30, 30],
    ]);
  });
});

describe('a flood', () => {
  it('a hundred times larger is not decided before items of other orgs that were accepted after it', async () => {
    const { openQueue, openWorker } = setup();
    const queue = await openQueue();
    const smalls = Array.from({ length: 10 }, (_, at) => `small-${at}`);
    for (let from = 0; from < 5_000; from += 1_000) await queue.accept(itemsOf('flood', 1_000, from));
    for (const orgId of smalls) await queue.accept(itemsOf(orgId, 5));
    const order: string[] = [];
    let running = 0;
    // One transaction at a time over all orgs, like a database with a single connection.
    let lane: Promise<unknown> = Promise.resolve();
    await openWorker({
      handle: async (batch) => {
        running += 1;
        const turn = lane.then(() => new Promise((resolve) => setImmediate(resolve)));
        lane = turn;
        await turn;
        for (let count = 0; count < batch.items.length; count += 1) order.push(batch.orgId);
        running -= 1;
        return resultsOf(batch);
      },
    });
    await completedAll(queue, itemsOf('flood', 1_000, 4_000));
    for (const orgId of smalls) await completedAll(queue, itemsOf(orgId, 5));
    expect(running).toBe(0);
    const floodBefore = order.slice(
      0,
      order.findLastIndex((orgId) => orgId !== 'flood'),
    );
    // The batch in flight when they arrived and one more batch, not the backlog of ten.
    expect(floodBefore.filter((orgId) => orgId === 'flood').length).toBeLessThanOrEqual(2_000);
    expect(order).toHaveLength(5_050);
  });
});

describe('served orgs', () => {
  it('are those served now or recently, two at most', () => {
    const served = createServedOrgs();
    expect(served.list()).toEqual([]);
    served.begin('a');
    served.begin('a');
    expect(served.list()).toEqual(['a']);
    served.end('a');
    served.end('a');
    expect(served.list()).toEqual(['a']);
    for (const orgId of ['b', 'c', 'c']) {
      served.begin(orgId);
      served.end(orgId);
    }
    expect(served.list()).toEqual(['c', 'b']);
    served.begin('d');
    expect(served.list()).toEqual(['d', 'c']);
  });
});

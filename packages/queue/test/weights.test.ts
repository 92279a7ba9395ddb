/** Weights: how much an org's turn may use, as of when, and that nobody starves for it; and who is listed. */
import { describe, expect, it, jest } from '@jest/globals';
import type { OrgQueue, OrgWorker } from '../src/index.ts';
import {
  atEnd,
  type Batch,
  itemsOf,
  type Payload,
  type Result,
  resultsOf,
  type Room,
  settledAll,
  setup,
} from './setup.ts';

const ITEM_MS = 10;
/** Three items of a turn of weight 1. */
const SLICE_MS = 3 * ITEM_MS;

/**
 * One worker that serves one org at a time, one item a batch, by a clock that only its work moves: each item takes
 * exactly `ITEM_MS`, however busy the machine is. `served` has the org of every item, in order.
 */
async function openCountingWorker(
  room: Room,
  onItem: (served: readonly string[]) => Promise<unknown> = async () => undefined,
): Promise<{ served: string[]; worker: OrgWorker }> {
  const served: string[] = [];
  // Whole, so that sums of whole milliseconds are exact.
  let nowMs = Math.ceil(performance.now());
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const handle = async (batch: Batch): Promise<Result[]> => {
    nowMs += ITEM_MS;
    served.push(batch.orgId);
    await onItem(served);
    return resultsOf(batch);
  };
  const worker = await room.openWorker({ concurrency: 1, batchMax: 1, sliceMs: SLICE_MS, handle });
  atEnd(async () => clock.mockRestore());
  return { served, worker };
}

/** How many items of one org were served in a row: `[['a', 3], ['b', 12], …]`. */
function runsOf(served: readonly string[]): [orgId: string, items: number][] {
  const runs: [string, number][] = [];
  for (const orgId of served) {
    const last = runs.at(-1);
    if (last?.[0] === orgId) last[1] += 1;
    else runs.push([orgId, 1]);
  }
  return runs;
}

async function acceptAndSettle(queue: OrgQueue<Payload, Result>, sizes: Record<string, number>) {
  const items = Object.entries(sizes).flatMap(([orgId, count]) => itemsOf(orgId, count));
  await settledAll(queue, items);
}

describe('the weight of an org', () => {
  it('is the share it is served with while there is more than enough to do', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.setWeight('b', 4);
    await queue.accept(itemsOf('a', 60));
    await queue.accept(itemsOf('b', 60));
    const { served } = await openCountingWorker(room);
    await acceptAndSettle(queue, { a: 60, b: 60 });
    const runs = runsOf(served);
    expect(runs.slice(0, 10)).toEqual(
      Array.from({ length: 5 }, () => [
        ['a', 3],
        ['b', 12],
      ]).flat(),
    );
    expect(served).toHaveLength(120);
  });

  it('holds from the next batch on when it is changed, within a turn as well', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.accept(itemsOf('a', 40));
    await queue.accept(itemsOf('b', 40));
    const changes: Record<number, number> = { 2: 2, 10: 1 };
    const { served } = await openCountingWorker(room, async ({ length }) => {
      const weight = changes[length];
      if (weight !== undefined) await queue.setWeight('a', weight);
    });
    await acceptAndSettle(queue, { a: 40, b: 40 });
    expect(runsOf(served).slice(0, 5)).toEqual([
      ['a', 6],
      ['b', 3],
      ['a', 3],
      ['b', 3],
      ['a', 3],
    ]);
  });

  it('lets the heaviest org use a hundred slices and no more before everybody else had a turn', async () => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.setWeight('heavy', 100);
    await queue.accept(itemsOf('heavy', 700));
    const smalls = ['b', 'c', 'd'];
    for (const orgId of smalls) await queue.accept(itemsOf(orgId, 5));
    const { served } = await openCountingWorker(room);
    await acceptAndSettle(queue, { heavy: 700, b: 5, c: 5, d: 5 });
    expect(runsOf(served)).toEqual([
      ['heavy', 300],
      ...smalls.map((orgId) => [orgId, 3]),
      ['heavy', 300],
      ...smalls.map((orgId) => [orgId, 2]),
      ['heavy', 100],
    ]);
  });

  it('is a whole number from 1 to 100', async () => {
    const queue = await setup().openQueue();
    for (const weight of [0, -1, 1.5, 101, Number.NaN, Infinity]) {
      await expect(queue.setWeight('a', weight)).rejects.toThrow(RangeError);
    }
    await expect(queue.setWeight('', 2)).rejects.toThrow(RangeError);
    expect(await queue.listOrgs(10)).toEqual([]);
  });
});

describe('the list of orgs', () => {
  it('has whoever waits, longest waiting first, then idle ones that are paused or weighted, by name', async () => {
    const { openQueue, redis, name } = setup();
    const queue = await openQueue();
    await queue.accept(itemsOf('late', 1));
    await queue.accept(itemsOf('early', 2));
    // By the clock of Redis both may have come in one millisecond.
    await redis.zadd(`{${name}:0}:busy`, 1_000, 'early');
    for (const orgId of ['z', 'early', 'y']) await queue.pause(orgId);
    for (const orgId of ['x', 'z', 'late']) await queue.setWeight(orgId, 7);
    const listed = await queue.listOrgs(10);
    expect(listed.map(({ orgId, depth, isPaused, weight }) => [orgId, depth, isPaused, weight])).toEqual([
      ['early', 2, true, 1],
      ['late', 1, false, 7],
      ['x', 0, false, 7],
      ['y', 0, true, 1],
      ['z', 0, true, 7],
    ]);
    expect(await queue.inspect('x')).toEqual({
      orgId: 'x',
      depth: 0,
      oldestAgeMs: 0,
      isPaused: false,
      weight: 7,
    });
    expect((await queue.listOrgs(3)).map(({ orgId }) => orgId).slice(0, 2)).toEqual(['early', 'late']);
  });

  it('forgets idle orgs that are resumed and weigh what everybody does', async () => {
    const { openQueue, redis, name } = setup();
    const queue = await openQueue();
    await queue.pause('a');
    await queue.setWeight('a', 100);
    expect(await queue.listOrgs(10)).toHaveLength(1);
    await queue.resume('a');
    await queue.setWeight('a', 1);
    expect(await queue.listOrgs(10)).toEqual([]);
    expect(await redis.exists(`{${name}:0}:weights`, `{${name}:0}:paused`)).toBe(0);
  });

  it('has at most as many as were asked for, of several shards together', async () => {
    const queue = await setup().openQueue({ shards: 3 });
    for (let at = 0; at < 30; at += 1) await queue.setWeight(`org-${at}`, 2);
    await queue.accept(itemsOf('busy', 1));
    const listed = await queue.listOrgs(7);
    expect(listed).toHaveLength(7);
    expect(listed[0]?.orgId).toBe('busy');
    expect(await queue.listOrgs(100)).toHaveLength(31);
  });
});

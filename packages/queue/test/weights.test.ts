/** Weights: the share an org gets, when it takes effect, and that no org starves; and the list of orgs. */
import { describe, expect, it } from '@jest/globals';
import type { OrgQueue, OrgWorker } from '../src/index.ts';
import {
  type Batch,
  completedAll,
  itemsOf,
  orgsOfPartition,
  partitionChannel,
  type Payload,
  type Result,
  resultsOf,
  type Room,
  setup,
  until,
} from './setup.ts';

/**
 * One worker that serves one org at a time, one item per batch. `served` has the org of every item, in order.
 * Recording begins when the worker holds all their partitions.
 */
async function openCountingWorker(
  room: Room,
  orgIds: readonly string[],
  onItem: (served: readonly string[]) => Promise<unknown> = async () => undefined,
): Promise<{ served: string[]; worker: OrgWorker }> {
  const served: string[] = [];
  const channels = [...new Set(orgIds.map((orgId) => partitionChannel(room, orgId)))];
  const handle = async (batch: Batch): Promise<Result[]> => {
    const countHeld = async () => (await room.redis.pubsub('CHANNELS', `{${room.name}:0}:line:*`)).length;
    if (served.length === 0) await until(async () => (await countHeld()) === channels.length);
    served.push(batch.orgId);
    await onItem(served);
    return resultsOf(batch);
  };
  const worker = await room.openWorker({ concurrency: 1, batchMax: 1, handle });
  return { served, worker };
}

const countOf = (served: readonly string[], orgId: string): number =>
  served.filter((one) => one === orgId).length;

/** Orgs in the same partition, and in two partitions. */
const PAIRS: [where: string, a: string, b: string][] = [
  ['of one partition', ...(orgsOfPartition(0, 2) as [string, string])],
  ['of two partitions', ...([...orgsOfPartition(1, 1), ...orgsOfPartition(2, 1)] as [string, string])],
];

async function acceptAndComplete(queue: OrgQueue<Payload, Result>, sizes: Record<string, number>) {
  const items = Object.entries(sizes).flatMap(([orgId, count]) => itemsOf(orgId, count));
  await completedAll(queue, items);
}

describe('the weight of an org', () => {
  it.each(PAIRS)('is the share it is served with while others wait as well, %s', async (_where, a, b) => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.setWeight(b, 4);
    await queue.accept(itemsOf(a, 20));
    await queue.accept(itemsOf(b, 80));
    const { served } = await openCountingWorker(room, [a, b]);
    await acceptAndComplete(queue, { [a]: 20, [b]: 80 });
    // At every point, and not only at the end, no org is ahead of its share by more than one item of the
    // other.
    for (let at = 1; at <= 95; at += 1) {
      const soFar = served.slice(0, at);
      expect(Math.abs(countOf(soFar, b) - 4 * countOf(soFar, a))).toBeLessThanOrEqual(5);
    }
    expect(served).toHaveLength(100);
  });

  it.each(PAIRS)('holds from the next batch on when it is changed, %s', async (_where, a, b) => {
    const room = setup();
    const queue = await room.openQueue();
    await queue.accept(itemsOf(a, 80));
    await queue.accept(itemsOf(b, 80));
    const changes: Record<number, number> = { 20: 9, 70: 1 };
    const { served } = await openCountingWorker(room, [a, b], async ({ length }) => {
      const weight = changes[length];
      if (weight !== undefined) await queue.setWeight(a, weight);
    });
    await acceptAndComplete(queue, { [a]: 80, [b]: 80 });
    const shares = [served.slice(0, 20), served.slice(20, 70), served.slice(70, 90)].map((part) =>
      countOf(part, a),
    );
    expect(Math.abs((shares[0] ?? 0) - 10)).toBeLessThanOrEqual(1);
    expect(Math.abs((shares[1] ?? 0) - 45)).toBeLessThanOrEqual(2);
    expect(Math.abs((shares[2] ?? 0) - 10)).toBeLessThanOrEqual(1);
  });

  it('gives the heaviest org at most a hundred times as much, which bounds the wait of the others', async () => {
    const room = setup();
    const queue = await room.openQueue();
    const [heavy = '', b = '', c = ''] = orgsOfPartition(0, 3);
    const [d = ''] = orgsOfPartition(1, 1);
    await queue.setWeight(heavy, 100);
    await queue.accept(itemsOf(heavy, 700));
    for (const orgId of [b, c, d]) await queue.accept(itemsOf(orgId, 5));
    const { served } = await openCountingWorker(room, [heavy, b, c, d]);
    await acceptAndComplete(queue, { [heavy]: 700, [b]: 5, [c]: 5, [d]: 5 });
    for (const orgId of [b, c, d]) {
      const places = served.flatMap((one, at) => (one === orgId ? [at] : []));
      expect(places).toHaveLength(5);
      for (const [at, place] of places.entries())
        expect(place - (places[at - 1] ?? -1)).toBeLessThanOrEqual(104);
      // Not much sooner either: the weight has an effect.
      expect(places[4]).toBeGreaterThan(390);
    }
  });

  it('must be an integer from 1 to 100', async () => {
    const queue = await setup().openQueue();
    for (const weight of [0, -1, 1.5, 101, Number.NaN, Infinity]) {
      await expect(queue.setWeight('a', weight)).rejects.toThrow(RangeError);
    }
    await expect(queue.setWeight('', 2)).rejects.toThrow(RangeError);
    expect(await queue.listOrgs(10)).toEqual([]);
  });
});

describe('the list of orgs', () => {
  it('has waiting orgs, longest waiting first, then idle ones that are paused or have a weight, by name', async () => {
    const { openQueue, redis, name } = setup();
    const queue = await openQueue();
    await queue.accept(itemsOf('late', 1));
    await queue.accept(itemsOf('early', 2));
    // Both may have been accepted in the same millisecond of Redis's clock.
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

  it('omits idle orgs that are resumed and have the default weight', async () => {
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

  it('has at most the requested number over all shards together', async () => {
    const queue = await setup().openQueue({ shards: 3 });
    for (let at = 0; at < 30; at += 1) await queue.setWeight(`org-${at}`, 2);
    await queue.accept(itemsOf('busy', 1));
    const listed = await queue.listOrgs(7);
    expect(listed).toHaveLength(7);
    expect(listed[0]?.orgId).toBe('busy');
    expect(await queue.listOrgs(100)).toHaveLength(31);
  });
});

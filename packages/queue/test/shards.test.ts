/**
 * Several shards, on one Redis and on a cluster, where a script that uses keys of another slot is an error.
 */
import { describe, expect, it } from '@jest/globals';
import { startRedis } from '@slotline/testkit';
import { Redis } from 'ioredis';
import { atEnd, completedAll, FAST_SWEEPS, itemsOf, setup, until } from './setup.ts';

const orgIds = Array.from({ length: 20 }, (_, at) => `org-${at}`);
const mixed = Array.from({ length: 6 }, (_, n) => orgIds.flatMap((orgId) => itemsOf(orgId, 1, n))).flat();

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

describe.each([
  ['one Redis', async () => ({ server: undefined, target: { shards: 4 } })],
  ['a cluster', async () => ({ server: await startCluster(), target: { shards: 4, cluster: true } })],
])('four shards on %s', (_where, prepare) => {
  it('serve units of many orgs, all of them and in order', async () => {
    const { server, target } = await prepare();
    const { openQueue, openWorker } = setup(server);
    const queue = await openQueue(target);
    const handled: string[] = [];
    await openWorker({
      ...target,
      ...FAST_SWEEPS,
      handle: async ({ items }) => {
        handled.push(...items.map(({ id }) => id));
        return items.map(({ id }) => ({ done: id }));
      },
    });
    await queue.pause('org-3');
    const acceptance = await queue.accept(mixed);
    expect(acceptance.kind === 'accepted' && acceptance.items.every(({ kind }) => kind === 'queued')).toBe(
      true,
    );
    await queue.resume('org-3');
    expect(await completedAll(queue, mixed)).toEqual(mixed.map(({ id }) => ({ done: id })));
    for (const orgId of orgIds) {
      const ofOrg = itemsOf(orgId, 6).map(({ id }) => id);
      expect(handled.filter((id) => ofOrg.includes(id))).toEqual(ofOrg);
    }
    expect(await queue.listOrgs(100)).toEqual([]);
    const again = await queue.accept(mixed);
    expect(again.kind === 'accepted' && again.items.every(({ kind }) => kind === 'replayed')).toBe(true);
    expect(await queue.durability()).toHaveProperty('isDurable');
  });

  it('refuse a whole unit when one shard has no room', async () => {
    const { server, target } = await prepare();
    const queue = await setup(server).openQueue({ ...target, mailboxMax: 3 });
    await queue.accept(itemsOf('org-7', 3));
    const refused = await queue.accept([...mixed.slice(0, 6), ...itemsOf('org-7', 1, 9)]);
    expect(refused).toMatchObject({ kind: 'full', orgId: 'org-7', depth: 3 });
    expect((await queue.listOrgs(100)).map(({ orgId }) => orgId)).toEqual(['org-7']);
    expect(await queue.oldestAgeMs()).toBeGreaterThanOrEqual(0);
  });
});

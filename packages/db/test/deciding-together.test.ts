import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { isRetryable, type AcceptedRequest, type Decider, type OrgRequests } from '../src/index.ts';
import { book, kinds, requestLists, split } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

async function decideAtLast(decider: Decider, group: readonly OrgRequests[]) {
  for (;;) {
    try {
      return await decider.decide(group);
    } catch (error) {
      if (!isRetryable(error)) throw error;
    }
  }
}

async function decideAll(decider: Decider, orgId: string, groups: readonly AcceptedRequest[][]) {
  const records = [];
  for (const requests of groups) records.push(...(await decideAtLast(decider, [{ orgId, requests }])).flat());
  return records;
}

// A failure report of fast-check contains the seed and the path.
test('deciders that race in one org give every request one effect and the same outcome', async () => {
  const deciders = [1, 2, 3, 4].map(() => it.open({ lanes: 1 }));
  await fc.assert(
    fc.asyncProperty(
      requestLists,
      fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
      async (requests, cuts) => {
        const orgId = randomUUID();
        const racers = deciders.map((decider, n) =>
          decideAll(decider, orgId, split(requests, [1 + (cuts[n] ?? 0)])),
        );
        const [first, ...others] = await Promise.all(racers);
        for (const other of others) expect(other).toEqual(first);
        await expectReplayed(it, orgId, requests);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

test('concurrent groups of several orgs in any order are all decided', async () => {
  const decider = it.open({ lanes: 8 });
  const samples = fc.sample(requestLists, 8);
  const orgs = samples.map((requests, n) => ({ orgId: `many-${n}`, requests }));
  const rotated = orgs.map((_, n) => [...orgs.slice(n), ...orgs.slice(0, n)]);
  await Promise.all(rotated.map((group) => decideAtLast(decider, group)));
  for (const { orgId, requests } of orgs) await expectReplayed(it, orgId, requests);
});

test('a group that waited for the lock sees what was committed before, at any default isolation level', async () => {
  const { database } = it.raw;
  await it.raw.query(`alter database ${database} set default_transaction_isolation = 'serializable'`);
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const holder = it.open({
    failpoint: async (point) => {
      if (point !== 'loaded') return;
      arrived.resolve();
      await released.promise;
    },
  });
  let tries = 0;
  const failpoint = (point: string) => void (tries += point === 'keyed' ? 1 : 0);
  const waiter = it.open({ applicationName: 'waiter', failpoint });
  const decideOne = (decider: Decider, id: string) =>
    decider.decide([{ orgId: 'waited', requests: [book({ id, from: 0, to: 10 })] }]);
  const first = decideOne(holder, 'a');
  await arrived.promise;
  const second = decideOne(waiter, 'b');
  const waiting =
    "select from pg_stat_activity where application_name = 'waiter' and wait_event = 'advisory'";
  while ((await it.rows(waiting)).length === 0);
  released.resolve();
  expect([...(await first), ...(await second)].map(kinds)).toEqual([['created'], ['conflict']]);
  expect(tries).toBe(1);
});

test('deciding commits synchronously even if the database sets synchronous_commit to off', async () => {
  await it.raw.query(`alter database ${it.raw.database} set synchronous_commit = off`);
  await it.raw.query(`
    create table seen (value text);
    create function see() returns trigger language plpgsql security definer as $$ begin
      insert into seen values (current_setting('synchronous_commit'));
      return null;
    end $$;
    create trigger see after insert on requests for each statement execute function see()`);
  await it.open().decide([{ orgId: 'durable', requests: [book({ id: 'a', from: 0, to: 10 })] }]);
  expect(await it.rows('select * from seen')).toEqual([{ value: 'on' }]);
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { isRetryable, type AcceptedRequest, type Decider, type OrgRequests } from '../src/index.ts';
import { requestLists, split } from './make-requests.ts';
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

// The failure report of fast-check carries the seed and the path.
test('deciders that race through one org give every request one effect and the same outcome', async () => {
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

test('groups of several orgs in any order never lock each other out', async () => {
  const decider = it.open({ lanes: 8 });
  const samples = fc.sample(requestLists, 8);
  const orgs = samples.map((requests, n) => ({ orgId: `many-${n}`, requests }));
  const rotated = orgs.map((_, n) => [...orgs.slice(n), ...orgs.slice(0, n)]);
  await Promise.all(rotated.map((group) => decideAtLast(decider, group)));
  for (const { orgId, requests } of orgs) await expectReplayed(it, orgId, requests);
});

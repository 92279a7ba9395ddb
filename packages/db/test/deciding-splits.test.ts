import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';

import type { Decider } from '../src/index.ts';
import { requestLists, split } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());

const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

// The failure report of fast-check carries the seed and the path.
test('any split of any list leaves the rows of the rules applied once, in one go', async () => {
  await fc.assert(
    fc.asyncProperty(requestLists, lengths, async (requests, lengths) => {
      const orgId = randomUUID();
      for (const group of split(requests, lengths)) await decider.decide([{ orgId, requests: group }]);
      await expectReplayed(it, orgId, requests);
    }),
    { numRuns: 300 },
  );
}, 120_000);

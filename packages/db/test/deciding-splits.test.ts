import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { Decider } from '../src/index.ts';
import { requestLists, split } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
let committed = 0;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open({ failpoint: (point) => void (committed += point === 'committed' ? 1 : 0) });
});
afterAll(() => it.close());

const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

// A failure report of fast-check contains the seed and the path.
test('any split of a list into groups leaves the same rows as applying the rules to the whole list', async () => {
  await fc.assert(
    fc.asyncProperty(requestLists, lengths, async (requests, lengths) => {
      const orgId = randomUUID();
      const groups = split(requests, lengths);
      committed = 0;
      for (const group of groups) await decider.decide([{ orgId, requests: group }]);
      await expectReplayed(it, orgId, requests);
      // More transactions would mean that the exclusion constraint found blockers that the look-ups missed.
      expect(committed).toBe(groups.length);
    }),
    { numRuns: 300 },
  );
}, 120_000);

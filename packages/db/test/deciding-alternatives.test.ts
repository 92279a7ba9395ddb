// The alternatives of conflicts, computed from what the deciding transaction loads for them.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ALTERNATIVES_SCANNED_MAX } from '@slotline/core';
import fc from 'fast-check';

import { findRequests, type AcceptedRequest, type Decider } from '../src/index.ts';
import { at, book, cancel, split } from './make-requests.ts';
import { expectReplayed } from './replay-oracle.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let decider: Decider;
beforeAll(async () => {
  it = await setUpDecider();
  decider = it.open();
});
afterAll(() => it.close());

/** Consecutive appointments of one minute: `s0` in minute 0, `s1` in minute 1, and so on. */
const row = (count: number, resource = 'room') =>
  Array.from({ length: count }, (_, n) => book({ id: `s${n}`, from: n, to: n + 1, resource }));
const minutes = (from: number, to: number) => ({ start: at(from), end: at(to) });

async function offer(orgId: string, standing: readonly AcceptedRequest[], ...requests: AcceptedRequest[]) {
  await decider.decide([{ orgId, requests: standing }]);
  const [records] = await decider.decide([{ orgId, requests }]);
  await expectReplayed(it, orgId, [...standing, ...requests]);
  const outcome = records?.at(-1)?.outcome;
  return outcome?.kind === 'conflict' ? outcome.alternatives : undefined;
}

test('a conflict gets the nearest free intervals, up to the limit of the search', async () => {
  const far = ALTERNATIVES_SCANNED_MAX;
  const asked = (minute: number) => book({ id: 'x', from: minute, to: minute + 1 });
  expect(await offer('near', row(3), asked(1))).toEqual({ before: minutes(-1, 0), after: minutes(3, 4) });
  expect(await offer('far', row(50), asked(25))).toEqual({ before: minutes(-1, 0), after: minutes(50, 51) });
  expect(await offer('after', row(far + 20), asked(far + 5))).toEqual({ after: minutes(far + 20, far + 21) });
  expect(await offer('neither', row(2 * far + 20), asked(far + 5))).toEqual({});
});

test('alternatives are recorded and read back with the outcome', async () => {
  const refused = book({ id: 'x', from: 0, to: 1 });
  const [records] = await decider.decide([{ orgId: 'found', requests: [...row(1), refused] }]);
  expect((await findRequests(it.db, [refused.requestId])).get(refused.requestId)).toEqual(records?.[1]);
  expect(await decider.decide([{ orgId: 'found', requests: [refused] }])).toEqual([[records?.[1]]]);
});

test('a booking over more appointments than a conflict names gets alternatives around all of them', async () => {
  const wide = book({ id: 'x', from: 0, to: 40 });
  expect(await offer('wide', row(40), wide)).toEqual({ before: minutes(-40, 0), after: minutes(40, 80) });
  const away = [cancel('s38', 1), cancel('s39', 1), cancel('s0', 1)];
  expect(await offer('less wide', row(40), ...away, wide)).toEqual({
    before: minutes(-39, 1),
    after: minutes(38, 78),
  });
});

test('alternatives avoid appointments added earlier in the group and ignore those removed earlier in it', async () => {
  const away = Array.from({ length: 12 }, (_, n) => cancel(`s${20 + n}`, 1));
  const moved = book({ id: 's0', from: 31, to: 32, updated: 1 });
  const refused = book({ id: 'x', from: 18, to: 20 });
  expect(await offer('away', row(40), ...away, moved, refused)).toEqual({
    before: minutes(-1, 1),
    after: minutes(20, 22),
  });
});

test('alternatives use only the free time of the same org', async () => {
  await decider.decide([
    { orgId: 'mine', requests: row(3) },
    { orgId: 'other', requests: row(9) },
  ]);
  const requests = [book({ id: 'x', from: 1, to: 2 })];
  const records = await decider.decide([
    { orgId: 'mine', requests },
    { orgId: 'other', requests },
  ]);
  expect(records.map(([one]) => one?.outcome)).toMatchObject([
    { alternatives: { after: minutes(3, 4) } },
    { alternatives: { after: minutes(9, 10) } },
  ]);
});

const minute = fc.integer({ min: 0, max: 33 });
const change = fc.oneof(
  fc.tuple(minute, fc.integer({ min: 1, max: 3 })).map(([from, length]) => ({ id: 'x', from, length })),
  fc.tuple(minute, minute, fc.integer({ min: 1, max: 3 })).map(([n, from, length]) => ({
    id: `s${n}`,
    from,
    length,
  })),
  minute.map((n) => ({ id: `s${n}`, from: -1, length: 0 })),
);
const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

// A failure report of fast-check contains the seed and the path.
test('any split of a list into groups gives the same alternatives in a nearly full calendar', async () => {
  let orgs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 30 }), lengths, async (changes, cuts) => {
      const orgId = `split-${orgs++}`;
      const requests = changes.map(({ id, from, length }, n) =>
        from < 0 ? cancel(id, n + 1) : book({ id, from, to: from + length, updated: n + 1 }),
      );
      const standing = row(30);
      await decider.decide([{ orgId, requests: standing }]);
      for (const group of split(requests, cuts)) await decider.decide([{ orgId, requests: group }]);
      await expectReplayed(it, orgId, [...standing, ...requests]);
    }),
    { numRuns: 100 },
  );
}, 120_000);

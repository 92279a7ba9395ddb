// Lists of requests, changes, sequences and live intervals of decided requests, compared with the decider's
// records.

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { overlaps, type Interval, type OutcomeKind } from '@slotline/core';
import fc from 'fast-check';

import {
  findSequences,
  listAppointments,
  listChanges,
  listLiveIntervals,
  listRequests,
  listVersions,
  REQUESTS_SCANNED_MAX,
  type LiveIntervals,
  type RequestRecord,
  type RequestsQuery,
  type VersionRecord,
} from '../src/index.ts';
import { at, book, cancel, requestLists } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

async function walkRequests(query: RequestsQuery): Promise<{ all: RequestRecord[]; pages: number }> {
  const all: RequestRecord[] = [];
  for (let before = query.before, pages = 1; ; pages++) {
    const page = await listRequests(it.db, { ...query, before });
    all.push(...page.requests);
    if (page.next === undefined) return { all, pages };
    before = page.next;
  }
}

async function walkChanges(orgId: string, limit: number): Promise<VersionRecord[]> {
  const all: VersionRecord[] = [];
  for (;;) {
    const page = await listChanges(it.db, { orgId, after: all.at(-1)?.sequence ?? 0, limit });
    all.push(...page.versions);
    if (!page.hasNext) return all;
  }
}

const FILTERS: readonly Omit<RequestsQuery, 'orgId' | 'limit'>[] = [
  {},
  { status: 'completed' },
  { status: 'failed' },
  ...(['created', 'updated', 'cancelled', 'confirmed', 'expired', 'ignored-stale', 'not-held'] as const).map(
    (outcome) => ({ outcome }),
  ),
  ...(['conflict', 'not-found', 'applied', 'refused', 'quarantined'] as const).map((outcome) => ({
    outcome,
  })),
];

function matches({ outcome }: RequestRecord, filter: (typeof FILTERS)[number]): boolean {
  const status = outcome.kind === 'quarantined' ? 'failed' : 'completed';
  const kind: OutcomeKind = outcome.kind;
  return (filter.status ?? status) === status && (filter.outcome ?? kind) === kind;
}

// A failure report of fast-check contains the seed and the path.
test('pages of requests and changes contain each decision once, in the order of decision', async () => {
  const decider = it.open();
  await fc.assert(
    fc.asyncProperty(requestLists, fc.integer({ min: 1, max: 7 }), async (requests, limit) => {
      const orgId = randomUUID();
      const [records = []] = await decider.decide([{ orgId, requests }]);
      const poison = {
        requestId: randomUUID(),
        appointmentId: 'p',
        operation: 'book',
        raw: '{',
        detail: 'broken',
      };
      const quarantined = await decider.quarantine({ ...poison, orgId, acceptedAt: at(0) });
      const decided = [...new Map([...records, quarantined].map((one) => [one.requestId, one])).values()];
      for (const filter of FILTERS) {
        const { all } = await walkRequests({ orgId, limit, ...filter });
        expect(all).toEqual(decided.toReversed().filter((one) => matches(one, filter)));
      }
      const changes = await walkChanges(orgId, limit);
      expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, place) => place + 1));
      expect(await findSequences(it.db, [orgId, 'nobody'])).toEqual(new Map([[orgId, changes.length]]));
      for (const appointmentId of new Set(changes.map(({ id }) => id))) {
        const { versions } = await listVersions(it.db, { orgId, appointmentId, limit: 1_000 });
        expect(versions).toEqual(changes.filter(({ id }) => id === appointmentId));
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('an unknown org or contradictory filters find no requests', async () => {
  const query = { orgId: 'nobody', limit: 9 };
  expect(await listRequests(it.db, query)).toEqual({ requests: [] });
  expect(await listRequests(it.db, { ...query, outcome: 'conflict' })).toEqual({ requests: [] });
  expect(await listRequests(it.db, { ...query, status: 'failed', outcome: 'created' })).toEqual({
    requests: [],
  });
  expect(await listRequests(it.db, { ...query, status: 'completed', outcome: 'quarantined' })).toEqual({
    requests: [],
  });
});

test('a page scans a limited number of requests and has a `next`', async () => {
  const decider = it.open();
  const orgId = 'rare';
  await decider.decide([{ orgId, requests: [book({ id: 'a', from: 0, to: 1 })] }]);
  for (let made = 0; made <= REQUESTS_SCANNED_MAX; made += 500) {
    await decider.decide([{ orgId, requests: Array.from({ length: 500 }, () => cancel('b', 1)) }]);
  }
  const first = await listRequests(it.db, { orgId, outcome: 'created', limit: 1 });
  expect(first).toEqual({ requests: [], next: REQUESTS_SCANNED_MAX + 502 - REQUESTS_SCANNED_MAX });
  const { all, pages } = await walkRequests({ orgId, outcome: 'created', limit: 1 });
  expect(all.map(({ appointmentId }) => appointmentId)).toEqual(['a']);
  expect(pages).toBe(2);
  // The last request that a page scans is included.
  const edge = { orgId, outcome: 'created', limit: 1 } as const;
  const found = await listRequests(it.db, { ...edge, before: REQUESTS_SCANNED_MAX + 1 });
  expect(found.requests).toEqual(all);
  expect(await listRequests(it.db, { ...edge, before: REQUESTS_SCANNED_MAX + 2 })).toEqual({
    requests: [],
    next: 2,
  });
}, 60_000);

async function walkIntervals(
  query: { orgId: string } & Interval,
  resourcesMax: number,
  intervalsMax: number,
) {
  const { orgId, start: from, end: to } = query;
  const all: LiveIntervals[] = [];
  for (;;) {
    const afterResourceId = all.at(-1)?.resourceId;
    const page = await listLiveIntervals(it.db, {
      orgId,
      from,
      to,
      afterResourceId,
      resourcesMax,
      intervalsMax,
    });
    all.push(...page);
    if (page.length < resourcesMax) return all;
  }
}

test('the occupied intervals of each resource are its live appointments', async () => {
  const decider = it.open();
  const minute = fc.integer({ min: -1, max: 14 }).map(at);
  await fc.assert(
    fc.asyncProperty(
      ...([
        requestLists,
        minute,
        minute,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
      ] as const),
      async (requests, start, end, resourcesMax, intervalsMax) => {
        const orgId = randomUUID();
        await decider.decide([{ orgId, requests }]);
        const everything = { orgId, status: 'all', limit: 1_000, offset: 0 } as const;
        const { appointments } = await listAppointments(it.db, everything);
        const known = await walkIntervals({ orgId, start, end }, resourcesMax, intervalsMax);
        const ids = known.map(({ resourceId }) => resourceId);
        expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => (a < b ? -1 : 1)));
        for (const { resourceId } of appointments) expect(ids).toContain(resourceId);
        for (const { resourceId, intervals, isCut } of known) {
          const live = appointments
            .filter(
              (one) => one.resourceId === resourceId && (one.status === 'booked' || one.status === 'held'),
            )
            .filter((one) => end > start && overlaps(one, { start, end }))
            .map((one) => ({ start: one.start, end: one.end }));
          expect({ intervals, isCut }).toEqual({
            intervals: live.slice(0, intervalsMax),
            isCut: live.length > intervalsMax,
          });
        }
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('the live intervals of one resource contain no others', async () => {
  const requests = ['x', 'y'].map((resource, n) => book({ id: resource, from: n, to: n + 1, resource }));
  await it.open().decide([{ orgId: 'two', requests }]);
  const query = { orgId: 'two', from: at(0), to: at(9), resourcesMax: 9, intervalsMax: 9 };
  const y = { resourceId: 'y', intervals: [{ start: at(1), end: at(2) }], isCut: false };
  expect(await listLiveIntervals(it.db, { ...query, resourceId: 'y' })).toEqual([y]);
  expect(await listLiveIntervals(it.db, { ...query, afterResourceId: 'x' })).toEqual([y]);
  expect(await listLiveIntervals(it.db, { ...query, resourceId: 'x', afterResourceId: 'x' })).toEqual([]);
  expect(await listLiveIntervals(it.db, { ...query, resourceId: 'z' })).toEqual([]);
  expect(await listLiveIntervals(it.db, { ...query, orgId: 'nobody' })).toEqual([]);
});

test('an org without a version has the sequence 0, and an unknown org has none', async () => {
  await it.open().decide([{ orgId: 'idle', requests: [cancel('a', 1)] }]);
  expect(await findSequences(it.db, [])).toEqual(new Map());
  expect(await findSequences(it.db, ['idle', 'idle', 'nobody'])).toEqual(new Map([['idle', 0]]));
});

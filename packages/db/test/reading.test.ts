import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { overlaps, type Interval } from '@slotline/core';
import fc from 'fast-check';

import {
  findAppointment,
  findRequests,
  listAppointments,
  listVersions,
  pingDatabase,
  REQUESTS_FOUND_MAX,
  schemaState,
  type AppointmentsQuery,
} from '../src/index.ts';
import { at, book, cancel } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

const all = { limit: 1_000, offset: 0 };

test('a fresh database answers and is current', async () => {
  await pingDatabase(it.db);
  expect(await schemaState(it.db)).toBe('current');
});

test('what is unknown is absent', async () => {
  const nobody = { orgId: 'nobody', appointmentId: 'a' };
  expect(await findAppointment(it.db, nobody)).toBeUndefined();
  expect(await listVersions(it.db, nobody)).toEqual([]);
  expect(await listAppointments(it.db, { orgId: 'nobody', from: at(0), ...all })).toEqual([]);
  expect(await findRequests(it.db, [randomUUID(), 'no id', "'; --"])).toEqual(new Map());
  await expect(
    findRequests(
      it.db,
      Array.from({ length: REQUESTS_FOUND_MAX + 1 }, () => ''),
    ),
  ).rejects.toThrow(RangeError);
});

test('a cancelled appointment is found, keeps its history, and is not listed', async () => {
  const requests = [book({ id: 'a', from: 0, to: 10, metadata: '{}' }), cancel('a', 1)];
  const [records = []] = await it.open().decide([{ orgId: 'history', requests }]);
  const one = { orgId: 'history', appointmentId: 'a' };
  const recordedAt = records[0]?.decidedAt;
  const facts = {
    id: 'a',
    orgId: 'history',
    resourceId: 'room',
    start: at(0),
    end: at(10),
    createdAt: at(0),
  };
  const second = { ...facts, updatedAt: at(1), status: 'cancelled', version: 2, metadata: '{}', recordedAt };
  const first = { ...facts, updatedAt: at(0), status: 'booked', version: 1, metadata: '{}', recordedAt };
  expect(await findAppointment(it.db, one)).toEqual(second);
  expect(await listVersions(it.db, one)).toEqual([
    { ...first, requestId: requests[0]?.requestId, sequence: 1 },
    { ...second, requestId: requests[1]?.requestId, sequence: 2 },
  ]);
  expect(await listAppointments(it.db, { orgId: 'history', ...all })).toEqual([]);
});

test('a thousand requests are found at once', async () => {
  const requests = Array.from({ length: 1_000 }, () => cancel('nobody', 1));
  const [records = []] = await it.open().decide([{ orgId: 'thousand', requests }]);
  const found = await findRequests(
    it.db,
    requests.map(({ requestId }) => requestId),
  );
  expect(found).toEqual(new Map(records.map((record) => [record.requestId, record])));
});

// The failure report of fast-check carries the seed and the path.
test('a list is what overlaps the window, by start and then id, page by page', async () => {
  const decider = it.open();
  const requests = ['x', 'y', 'z'].flatMap((resource, shift) =>
    Array.from({ length: 30 }, (_, n) => {
      const from = n * 4 + shift;
      return book({ id: `${resource}${n % 7}-${n}`, from, to: from + 1 + (n % 4), resource });
    }),
  );
  await decider.decide([{ orgId: 'list', requests }]);
  const everything = await listAppointments(it.db, { orgId: 'list', ...all });
  expect(everything).toHaveLength(90);
  const minute = fc.option(fc.integer({ min: -2, max: 130 }), { nil: undefined });
  const resource = fc.constantFrom(undefined, 'x', 'none');
  await fc.assert(
    fc.asyncProperty(
      minute,
      minute,
      resource,
      fc.nat(5),
      fc.nat(20),
      async (from, to, resourceId, limit, offset) => {
        const window: AppointmentsQuery = {
          orgId: 'list',
          resourceId,
          from: from === undefined ? undefined : at(from),
          to: to === undefined ? undefined : at(to),
          limit,
          offset,
        };
        const wanted = everything
          .filter((found) => resourceId === undefined || found.resourceId === resourceId)
          .filter((found) => isInside(found, window))
          .toSorted((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
        expect(await listAppointments(it.db, window)).toEqual(wanted.slice(offset, offset + limit));
      },
    ),
    { numRuns: 200 },
  );
});

function isInside(found: Interval, { from, to }: AppointmentsQuery): boolean {
  if (from === undefined) return to === undefined || found.start < to;
  if (to === undefined) return found.end > from;
  return to > from && overlaps(found, { start: from, end: to });
}

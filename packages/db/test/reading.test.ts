import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import {
  findAppointment,
  findRequests,
  listAppointments,
  listVersions,
  pingDatabase,
  REQUESTS_FOUND_MAX,
  schemaState,
} from '../src/index.ts';
import { at, book, cancel } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

const all = { status: 'booked', limit: 1_000, offset: 0 } as const;

test('a fresh database answers pings and its schema is current', async () => {
  await pingDatabase(it.db);
  expect(await schemaState(it.db)).toBe('current');
});

test('unknown appointments and requests are not found', async () => {
  const nobody = { orgId: 'nobody', appointmentId: 'a' };
  expect(await findAppointment(it.db, nobody)).toBeUndefined();
  expect(await listVersions(it.db, { ...nobody, limit: 9 })).toEqual({ versions: [] });
  expect(await listAppointments(it.db, { orgId: 'nobody', from: at(0), ...all })).toEqual({
    appointments: [],
  });
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
    heldUntil: null,
  };
  const second = { ...facts, updatedAt: at(1), status: 'cancelled', version: 2, metadata: '{}', recordedAt };
  const first = { ...facts, updatedAt: at(0), status: 'booked', version: 1, metadata: '{}', recordedAt };
  expect(await findAppointment(it.db, one)).toEqual(second);
  const versions = [
    { ...first, requestId: requests[0]?.requestId, sequence: 1 },
    { ...second, requestId: requests[1]?.requestId, sequence: 2 },
  ];
  expect(await listVersions(it.db, { ...one, limit: 2 })).toEqual({ versions });
  expect(await listVersions(it.db, { ...one, limit: 1 })).toEqual({
    versions: versions.slice(0, 1),
    next: 1,
  });
  expect(await listVersions(it.db, { ...one, limit: 1, after: 1 })).toEqual({ versions: versions.slice(1) });
  expect(await listAppointments(it.db, { orgId: 'history', ...all })).toEqual({ appointments: [] });
});

test('a thousand requests are found in one call', async () => {
  const requests = Array.from({ length: 1_000 }, () => cancel('nobody', 1));
  const [records = []] = await it.open().decide([{ orgId: 'thousand', requests }]);
  const found = await findRequests(
    it.db,
    requests.map(({ requestId }) => requestId),
  );
  expect(found).toEqual(new Map(records.map((record) => [record.requestId, record])));
});

// C30: the exclusion constraint refuses a row that the rules allowed, because the test bypasses the org's lock.

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { Alarm } from '../src/index.ts';
import { at, batch, book, kinds } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

/** Inserts an appointment of minutes 0–10 into the room, bypassing the deciders. Does nothing if it exists. */
async function intrude(orgId: string): Promise<void> {
  await it.raw.query(
    `insert into appointments
     select org_key, 'intruder', resource_key, $2, $3, $2, $2, 'booked', 1, null, now()
     from resources join orgs using (org_key) where org_id = $1
     on conflict do nothing`,
    [orgId, new Date(at(0)), new Date(at(10))],
  );
}

test('a request that the constraint refuses gets conflict with blockers and an alarm; others are decided', async () => {
  const alarms: Alarm[] = [];
  const orgId = 'offender';
  const requests = [
    book({ id: 'before', from: 20, to: 30 }),
    book({ id: 'offender', from: 5, to: 15 }),
    book({ id: 'after', from: 30, to: 40 }),
  ];
  // Transactions: the group, `before`, the offender, the offender again to name its blockers, `after`. The intruder
  // is inserted before each write and deleted before the next load, so no look-up sees it, except in the fourth
  // transaction, which must find it.
  let transactions = 0;
  const decider = it.open({
    onAlarm: (alarm) => alarms.push(alarm),
    failpoint: async (point) => {
      if (point === 'loaded') await intrude(orgId);
      if (point !== 'keyed' || ++transactions === 4) return;
      await it.raw.query("delete from appointments where appointment_id = 'intruder'");
    },
  });
  const records = await decider.decide([{ orgId, requests }]);
  expect(records.map(kinds)).toEqual([['created', 'conflict', 'created']]);
  const conflictsWith = [{ id: 'intruder', start: at(0), end: at(10), version: 1 }];
  expect(records[0]?.[1]?.outcome).toEqual({ kind: 'conflict', conflictsWith });
  const { requestId = '' } = requests[1] ?? {};
  expect(alarms).toEqual([
    { kind: 'group-refused', orgIds: [orgId] },
    { kind: 'overlap-refused', orgId, requestId, appointmentId: 'offender', conflictsWith },
  ]);
  expect(await decider.decide([{ orgId, requests }])).toEqual(records);
  expect(alarms).toHaveLength(2);
});

test('a row that bypassed the lock and remains causes an ordinary conflict once it is visible', async () => {
  const alarms: Alarm[] = [];
  const orgId = 'seen';
  const failpoint = (point: string) => (point === 'loaded' ? intrude(orgId) : undefined);
  const decider = it.open({ onAlarm: (alarm) => alarms.push(alarm), failpoint });
  const records = await decider.decide([{ orgId, requests: [book({ id: 'a', from: 5, to: 15 })] }]);
  expect(records.map(kinds)).toEqual([['conflict']]);
  expect(alarms).toEqual([{ kind: 'group-refused', orgIds: [orgId] }]);
});

test('a batch that overlaps a row that bypassed the lock is refused as a whole, with an alarm', async () => {
  const alarms: Alarm[] = [];
  const orgId = 'batch';
  const requests = [
    book({ id: 'before', from: 20, to: 30 }),
    batch(book({ id: 'clear', from: 40, to: 50 }), book({ id: 'offender', from: 5, to: 15 })),
  ];
  // Transactions: the group, `before`, the batch, the batch again to name its blockers.
  let transactions = 0;
  const decider = it.open({
    onAlarm: (alarm) => alarms.push(alarm),
    failpoint: async (point) => {
      if (point === 'loaded') await intrude(orgId);
      if (point !== 'keyed' || ++transactions === 4) return;
      await it.raw.query("delete from appointments where appointment_id = 'intruder'");
    },
  });
  const [records] = await decider.decide([{ orgId, requests }]);
  const conflictsWith = [{ id: 'intruder', start: at(0), end: at(10), version: 1 }];
  expect(records?.map(({ outcome }) => outcome)).toEqual([
    { kind: 'created', version: 1 },
    {
      kind: 'refused',
      outcomes: [
        { appointmentId: 'clear', kind: 'not-applied' },
        { appointmentId: 'offender', kind: 'conflict', conflictsWith },
      ],
    },
  ]);
  const { requestId = '' } = requests[1] ?? {};
  expect(alarms).toEqual([
    { kind: 'group-refused', orgIds: [orgId] },
    { kind: 'overlap-refused', orgId, requestId, appointmentId: '', conflictsWith },
  ]);
});

test('a refused overlap that no longer exists fails with a retryable error', async () => {
  const orgId = 'gone';
  const decider = it.open({
    failpoint: async (point) => {
      if (point === 'loaded') await intrude(orgId);
      if (point === 'keyed') await it.raw.query("delete from appointments where appointment_id = 'intruder'");
    },
  });
  const requests = [book({ id: 'a', from: 5, to: 15 })];
  await expect(decider.decide([{ orgId, requests }])).rejects.toMatchObject({ meaning: 'busy' });
});

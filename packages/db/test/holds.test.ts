// Lists of due holds contain each of them, page by page, and only held appointments.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';

import { expiryRequestId, listDueHolds, type AcceptedRequest, type DueHold } from '../src/index.ts';
import { at, book } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

const FAR = Date.UTC(2100, 0, 1) as Instant;

function hold(id: string, slot: number, heldUntil: Instant | null): AcceptedRequest {
  return { ...book({ id, from: slot * 10, to: slot * 10 + 10 }), heldUntil };
}

async function listAll(limit: number): Promise<DueHold[]> {
  const all: DueHold[] = [];
  for (;;) {
    const page = await listDueHolds(it.db, { limit, after: all.at(-1) });
    all.push(...page);
    if (page.length < limit) return all;
  }
}

test('only held appointments past `heldUntil` are due, longest due first, with their current version', async () => {
  expect(await listDueHolds(it.db, { limit: 10 })).toEqual([]);
  await it.open().decide([
    {
      orgId: 'b',
      requests: [
        hold('late', 0, at(2)),
        hold('early', 1, at(1)),
        hold('not yet', 2, FAR),
        hold('booked', 3, null),
        hold('moved', 4, at(3)),
        { ...hold('moved', 5, at(3)), updatedAt: at(1) } as AcceptedRequest,
      ],
    },
    { orgId: 'a', requests: [hold('late', 0, at(2))] },
  ]);
  expect(await listDueHolds(it.db, { limit: 10 })).toEqual([
    { orgId: 'b', appointmentId: 'early', version: 1, heldUntil: at(1) },
    { orgId: 'a', appointmentId: 'late', version: 1, heldUntil: at(2) },
    { orgId: 'b', appointmentId: 'late', version: 1, heldUntil: at(2) },
    { orgId: 'b', appointmentId: 'moved', version: 2, heldUntil: at(3) },
  ]);
});

test('pages of any size contain every due hold once, even if many are due at one instant', async () => {
  const requests = Array.from({ length: 100 }, (_, n) => hold(`same-${n}`, n, at(5)));
  await it.open().decide([{ orgId: 'pages', requests }]);
  const all = await listAll(1_000);
  expect(all).toHaveLength(104);
  for (const limit of [1, 7, 52, 103, 104, 105]) expect(await listAll(limit)).toEqual(all);
});

test('the request id that releases a hold is the same for every caller and differs for every other hold', () => {
  const one = { orgId: 'acme', appointmentId: '42', version: 1 };
  expect(expiryRequestId(one)).toBe(expiryRequestId({ ...one }));
  expect(expiryRequestId(one)).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
  const others = [
    { version: 2 },
    { orgId: 'acme4' },
    { appointmentId: '2' },
    { orgId: 'acm', appointmentId: 'e42' },
  ];
  const ids = new Set([one, ...others.map((other) => ({ ...one, ...other }))].map(expiryRequestId));
  expect(ids.size).toBe(5);
});

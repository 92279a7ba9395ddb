import { expect, test } from '@jest/globals';

import { bodyOf, HALF_CONFLICTS, HOT_ORG, slotOf, standingOf, THOUSAND_ORGS, type Slot } from './traffic.ts';

test.each([
  ['one org', HOT_ORG],
  ['a thousand orgs', THOUSAND_ORGS],
])('bookings of %s never share a slot', (_, traffic) => {
  const slots = Array.from({ length: 5_000 }, (_, number) => slotOf(traffic, number));
  const taken = new Set(slots.map(({ orgId, resourceId, startMs }) => `${orgId} ${resourceId} ${startMs}`));
  expect(taken.size).toBe(slots.length);
  expect(new Set(slots.map(({ orgId }) => orgId)).size).toBe(traffic.orgs);
});

test('the same number is the same booking', () => {
  expect(bodyOf(HOT_ORG, 7)).toBe(bodyOf(HOT_ORG, 7));
  expect(JSON.parse(bodyOf(HOT_ORG, 17))).toMatchObject({ id: '17', resourceId: 'room-7', orgId: 'hot-0' });
});

test('the second booking of a pair overlaps only the first one in its resource', () => {
  const slots = Array.from({ length: 100 }, (_, number) => slotOf(HALF_CONFLICTS, number));
  const overlaps = (a: Slot, b: Slot) =>
    a.resourceId === b.resourceId && a.startMs < b.endMs && b.startMs < a.endMs;
  slots.forEach((slot, number) => {
    const others = slots.flatMap((other, at) => (at !== number && overlaps(slot, other) ? [at] : []));
    expect(others).toEqual([number % 2 === 0 ? number + 1 : number - 1]);
  });
});

test('one of each pair is booked, also where a pair is cut', () => {
  expect(standingOf(HOT_ORG, { from: 3, to: 8 })).toBe(5);
  expect(standingOf(HALF_CONFLICTS, { from: 0, to: 8 })).toBe(4);
  expect(standingOf(HALF_CONFLICTS, { from: 3, to: 8 })).toBe(3);
  expect(standingOf(HALF_CONFLICTS, { from: 3, to: 3 })).toBe(0);
});

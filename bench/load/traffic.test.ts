import { expect, test } from '@jest/globals';

import { bodyOf, HOT_ORG, slotOf, THOUSAND_ORGS } from './traffic.ts';

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

// Resource keys have 64 bits, so that one client cannot exhaust them for all others.

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { findAppointment, type AcceptedRequest } from '../src/index.ts';
import { batch, book, kinds } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

/** The largest key of 32 bits. */
const INT_MAX = 2_147_483_647;

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
  await it.raw.query(`alter sequence resources_resource_key_seq restart with ${INT_MAX}`);
});
afterAll(() => it.close());

test('resources with keys beyond 32 bits are created, booked and moved between without double bookings', async () => {
  const decider = it.open();
  const decide = async (...requests: readonly AcceptedRequest[]) =>
    kinds((await decider.decide([{ orgId: 'org', requests }]))[0]);
  expect(
    await decide(
      book({ id: 'a', from: 0, to: 10, resource: 'room 1' }),
      book({ id: 'b', from: 0, to: 10, resource: 'room 2' }),
    ),
  ).toEqual(['created', 'created']);
  expect(await it.rows('select resource_key from resources order by 1')).toEqual([
    { resource_key: String(INT_MAX) },
    { resource_key: String(INT_MAX + 1) },
  ]);
  // Decided one after the other, so that the second request must load the rows of the first.
  expect(await decide(book({ id: 'c', from: 5, to: 15, resource: 'room 2' }))).toEqual(['conflict']);
  expect(await decide(book({ id: 'd', from: 5, to: 15, resource: 'room 3' }))).toEqual(['created']);
  expect(await decide(book({ id: 'a', from: 20, to: 30, resource: 'room 2', updated: 1 }))).toEqual([
    'updated',
  ]);
  expect(await decide(batch(book({ id: 'e', from: 25, to: 26, resource: 'room 2' })))).toEqual(['refused']);
  expect(await findAppointment(it.db, { orgId: 'org', appointmentId: 'a' })).toMatchObject({
    resourceId: 'room 2',
    version: 2,
  });
});

test('the exclusion constraint refuses an overlap on a resource with a key beyond 32 bits', async () => {
  const [row] = await it.rows<{ resource_key: string }>(
    'select max(resource_key) as resource_key from resources',
  );
  const insert = (id: string) =>
    it.raw.query(
      `insert into appointments (org_key, appointment_id, resource_key, starts_at, ends_at, created_at, updated_at,
        status, version, recorded_at)
      values (1, $1, $2, '2040-01-01Z', '2040-01-02Z', '2030-01-01Z', '2030-01-01Z', 'booked', 1, '2030-01-01Z')`,
      [id, row?.resource_key],
    );
  await insert('x');
  await expect(insert('y')).rejects.toMatchObject({ code: '23P01' });
});

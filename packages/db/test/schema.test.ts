import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { describeSchema } from './describe-schema.ts';
import { book, cancel } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let orgKey: number;
let resourceKey: number;
beforeAll(async () => {
  it = await setUpDecider();
  const requests = [book({ id: 'a', from: 0, to: 10 }), cancel('a', 1)];
  await it.open().decide([{ orgId: 'org', requests }]);
  const [keys] = await it.rows<{ org_key: number; resource_key: number }>(
    'select org_key, resource_key from resources',
  );
  ({ org_key: orgKey, resource_key: resourceKey } = keys ?? { org_key: 0, resource_key: 0 });
});
afterAll(() => it.close());

// After an intended change of the schema, copy the output of the failed comparison into the file.
test('the migrations create exactly the schema in golden/schema.txt', async () => {
  const golden = await readFile(new URL('golden/schema.txt', import.meta.url), 'utf8');
  expect(await describeSchema(it.raw)).toBe(golden);
});

test.each(['appointment_versions', 'requests'])('%s refuses update, delete and truncate', async (table) => {
  const change = table === 'requests' ? 'fingerprint' : 'metadata';
  await expect(it.raw.query(`update ${table} set ${change} = null`)).rejects.toMatchObject({ code: '23001' });
  await expect(it.raw.query(`delete from ${table}`)).rejects.toMatchObject({ code: '23001' });
  await expect(it.raw.query(`truncate ${table}`)).rejects.toMatchObject({ code: '23001' });
});

const insertAppointment = (changes: Record<string, unknown>) => {
  const row = {
    org_key: orgKey,
    appointment_id: randomUUID(),
    resource_key: resourceKey,
    starts_at: '2030-01-01T10:00Z',
    ends_at: '2030-01-01T11:00Z',
    created_at: '2030-01-01Z',
    updated_at: '2030-01-01Z',
    status: 'booked',
    version: 1,
    recorded_at: '2030-01-01Z',
    ...changes,
  };
  const places = Object.keys(row).map((_, at) => `$${at + 1}`);
  return it.raw.query(
    `insert into appointments (${Object.keys(row).join(', ')}) values (${places.join(', ')})`,
    Object.values(row),
  );
};

test.each([
  ['an empty interval', { ends_at: '2030-01-01T10:00Z' }, '23514'],
  ['an inverted interval', { ends_at: '2030-01-01T09:00Z' }, '23514'],
  ['an infinite end', { ends_at: 'infinity' }, '23514'],
  ['an infinite start', { starts_at: '-infinity' }, '23514'],
  ['a start that is not a whole millisecond', { starts_at: '2030-01-01T10:00:00.0005Z' }, '23514'],
  ['an end that is not a whole millisecond', { ends_at: '2030-01-01T10:00:00.000001Z' }, '23514'],
  ['an interval that starts before 1970', { starts_at: '1969-12-31T23:59:59.999Z' }, '23514'],
  ['an interval that ends after 9999', { ends_at: '10000-01-01T00:00Z' }, '23514'],
  ['an infinite updatedAt', { updated_at: 'infinity' }, '23514'],
  ['an unknown status', { status: 'maybe' }, '23514'],
  ['version 0', { version: 0 }, '23514'],
  ['an empty id', { appointment_id: '' }, '23514'],
  ['no resource', { resource_key: null }, '23502'],
  ['the status held without heldUntil', { status: 'held' }, '23514'],
  ['heldUntil without the status held', { held_until: '2030-01-01Z' }, '23514'],
  ['an infinite heldUntil', { status: 'held', held_until: 'infinity' }, '23514'],
])('an appointment with %s is refused', async (_, changes, code) => {
  await expect(insertAppointment(changes)).rejects.toMatchObject({ code });
});

test('live appointments of a resource never overlap; adjacent, cancelled and expired ones are allowed', async () => {
  const morning = { starts_at: '2031-01-01T10:00Z', ends_at: '2031-01-01T11:00Z' };
  await insertAppointment(morning);
  await insertAppointment({ starts_at: '2031-01-01T11:00Z', ends_at: '2031-01-01T12:00Z' });
  await insertAppointment({ ...morning, status: 'cancelled' });
  await insertAppointment({ ...morning, status: 'expired' });
  await insertAppointment({ ...morning, resource_key: resourceKey + 1 });
  await expect(insertAppointment(morning)).rejects.toMatchObject({ code: '23P01' });
  const held = { ...morning, status: 'held', held_until: '2030-01-01Z' };
  await expect(insertAppointment(held)).rejects.toMatchObject({ code: '23P01' });
});

test('versions have no gaps', async () => {
  const insertVersion = `insert into appointment_versions
    (org_key, appointment_id, version, sequence, request_id, resource_key, starts_at, ends_at, created_at,
      updated_at, status, recorded_at)
    select org_key, appointment_id, $1, 99, request_id, resource_key, starts_at, ends_at, created_at,
      updated_at, status, recorded_at from appointment_versions limit 1`;
  await expect(it.raw.query(insertVersion, [4])).rejects.toMatchObject({ code: '23503' });
  await expect(it.raw.query(insertVersion, [2])).rejects.toMatchObject({ code: '23505' });
  await it.raw.query(insertVersion, [3]);
});

test.each([
  ['created', 'book', 2, null],
  ['created', 'cancel', 1, null],
  ['updated', 'book', null, null],
  ['updated', 'book', 1, null],
  ['cancelled', 'cancel', null, null],
  ['ignored-stale', 'book', null, null],
  ['conflict', 'book', null, null],
  ['conflict', 'book', 1, '[]'],
  ['not-found', 'cancel', 1, null],
  ['quarantined', 'book', null, null],
  ['confirmed', 'confirm', 1, null],
  ['confirmed', 'book', 2, null],
  ['expired', 'confirm', 2, null],
  ['not-held', 'cancel', 2, null],
  ['not-found', 'book', null, null],
  ['applied', 'batch', null, null],
  ['applied', 'batch', 1, '[]'],
  ['refused', 'book', null, '[]'],
  ['ignored-stale', 'batch', 1, null],
  ['created', 'unknown', 1, null],
  ['rejected', 'book', 1, null],
])(
  'a request with outcome %s for a %s with version %s and detail %s is refused',
  async (outcome, operation, ...rest) => {
    const insert = `insert into requests
    (request_id, org_key, decision_sequence, operation, appointment_id, outcome, version, outcome_detail,
      accepted_at, decided_at)
    values (gen_random_uuid(), $1, 99, $2, 'a', $3, $4, $5, now(), now())`;
    const values = [orgKey, operation, outcome, ...rest];
    await expect(it.raw.query(insert, values)).rejects.toMatchObject({ code: '23514' });
  },
);

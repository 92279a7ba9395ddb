// Look-ups of decided requests: callers of one tick share a query, and a failure reaches exactly its callers.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Instant } from '@slotline/core';
import { findRequests, openDatabase, openDecider, type Database } from '@slotline/db';
import { createTestDatabase, startPostgres, type TestDatabase } from '@slotline/testkit';
import { DecidedRecords, IDS_PER_QUERY_MAX } from '../src/intake/decided-records.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.applicationUrl });
  const decider = openDecider({ url: database.applicationUrl, lanes: 1 });
  await decider.decide([{ orgId: 'acme', requests: [0, 1, 2].map(booking) }]);
  await decider.close();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

function idOf(at: number): string {
  return `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`;
}

function recordsOf(from: Database): DecidedRecords {
  return new DecidedRecords((ids) => findRequests(from, ids));
}

function booking(at: number) {
  const [start, end] = [(at * 10) as Instant, (at * 10 + 5) as Instant];
  const dates = { createdAt: 0 as Instant, updatedAt: 0 as Instant, acceptedAt: 0 as Instant };
  const names = { requestId: idOf(at), appointmentId: `a-${at}`, resourceId: 'default' };
  return { operation: 'book' as const, ...names, start, end, ...dates, heldUntil: null, metadata: null };
}

it('callers of one tick get their own records', async () => {
  const records = recordsOf(db);
  const found = await Promise.all([
    records.find([idOf(0)]),
    records.find([idOf(1), idOf(9)]),
    records.find([idOf(2), idOf(0)]),
    records.find([]),
  ]);
  const idsSeen = [[idOf(0)], [idOf(1), idOf(9)], [idOf(2), idOf(0)], []].map((ids, at) =>
    ids.filter((id) => found[at]?.get(id)?.outcome.kind === 'created'),
  );
  expect(idsSeen).toEqual([[idOf(0)], [idOf(1)], [idOf(2), idOf(0)], []]);
});

it('one id more than fits into a query is looked up too', async () => {
  const records = recordsOf(db);
  const absent = Array.from({ length: IDS_PER_QUERY_MAX }, (_, at) => idOf(1_000 + at));
  const [first, second, third] = await Promise.all([
    records.find(absent),
    records.find([idOf(0)]),
    records.find([...absent.slice(1), idOf(1)]),
  ]);
  expect([first.size, second.get(idOf(0))?.appointmentId, third.get(idOf(1))?.appointmentId]).toEqual([
    0,
    'a-0',
    'a-1',
  ]);
});

it('an id that is not a UUID is absent and fails no other look-up', async () => {
  const records = recordsOf(db);
  const [, found] = await Promise.all([records.find(['no-uuid']), records.find([idOf(0)])]);
  expect(found.has(idOf(0))).toBe(true);
});

it('a failed query rejects exactly its callers, and the next tick queries again', async () => {
  const away = await startPostgres();
  const own = openDatabase({ url: away.url });
  const records = recordsOf(own);
  await away.kill();
  const answers = await Promise.allSettled([
    records.find([idOf(0)]),
    records.find([idOf(1)]),
    records.find([]),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  await expect(records.find([idOf(0)])).rejects.toMatchObject({ meaning: 'unavailable' });
  await own.close();
});

// Lists of appointments against the oracle of `calendars.ts`: random histories, every filter, page by page.

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';
import fc from 'fast-check';

import {
  findAppointment,
  listAppointments,
  type AppointmentRecord,
  type AppointmentsQuery,
} from '../src/index.ts';
import { changes, insertHistory, knownAt, listOf, MINUTE, toHistory, type Recorded } from './calendars.ts';
import { at, book, cancel } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
beforeAll(async () => {
  it = await setUpDecider();
});
afterAll(() => it.close());

// Around the edges of the intervals in `calendars.ts`, to the millisecond.
const instant = fc
  .tuple(fc.integer({ min: -1, max: 40 }), fc.constantFrom(0, 0, 1, -1))
  .map(([n, ms]) => (at(0) + n * 5 * MINUTE + ms) as Instant);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const filters = fc.record({
  resourceId: optional(fc.constantFrom('x', 'y', 'none')),
  status: fc.constantFrom('booked', 'held', 'cancelled', 'expired', 'all'),
  from: optional(instant),
  to: optional(instant),
  at: optional(instant),
});

async function makeOrg(history: (orgId: string) => readonly Recorded[]) {
  const orgId = randomUUID();
  const made = history(orgId);
  await insertHistory(it.raw, orgId, made);
  return { orgId, history: made };
}

/** All pages from first to last. Each page must continue after the previous one, so the loop ends. */
async function walk(query: AppointmentsQuery): Promise<{ all: AppointmentRecord[]; pages: number }> {
  const all: AppointmentRecord[] = [];
  let { after } = query;
  for (let pages = 1; ; pages++) {
    const page = await listAppointments(it.db, { ...query, after });
    expect(page.appointments.length).toBeLessThanOrEqual(query.limit);
    all.push(...page.appointments);
    if (page.next === undefined) return { all, pages };
    expect(page.next).not.toEqual(after);
    after = page.next;
  }
}

// A failure report of fast-check contains the seed and the path.
test('the pages of a list contain all matching appointments once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      changes,
      fc.array(filters, { minLength: 12, maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      async (made, asked, limit) => {
        const { orgId, history } = await makeOrg((id) => toHistory(id, made));
        for (const filter of asked) {
          const query = { orgId, ...filter };
          const wanted = listOf(history, query);
          const { all, pages } = await walk({ ...query, limit, offset: 0 });
          expect(all).toEqual(wanted);
          expect(pages).toBe(Math.max(1, Math.ceil(wanted.length / limit)));
        }
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('an offset skips that many appointments, also after a place', async () => {
  await fc.assert(
    fc.asyncProperty(changes, filters, fc.nat(9), fc.nat(9), async (made, filter, offset, limit) => {
      const { orgId, history } = await makeOrg((id) => toHistory(id, made));
      const after = history[0];
      const query = { orgId, ...filter, after };
      const wanted = listOf(history, query).slice(offset, offset + limit);
      expect((await listAppointments(it.db, { ...query, offset, limit })).appointments).toEqual(wanted);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('an appointment is found as it was known at the given instant', async () => {
  await fc.assert(
    fc.asyncProperty(changes, instant, async (made, T) => {
      const { orgId, history } = await makeOrg((id) => toHistory(id, made));
      const known = new Map(knownAt(history, T).map(({ sequence: _, ...record }) => [record.id, record]));
      for (const appointmentId of new Set(history.map(({ id }) => id))) {
        expect(await findAppointment(it.db, { orgId, appointmentId, at: T })).toEqual(
          known.get(appointmentId),
        );
      }
    }),
    { numRuns: 20 },
  );
}, 60_000);

test('decided appointments are listed in their current and in their earlier state', async () => {
  const orgId = 'decided';
  const decider = it.open();
  const first = [book({ id: 'a', from: 0, to: 10 }), book({ id: 'b', from: 10, to: 20 })];
  const [records = []] = await decider.decide([{ orgId, requests: first }]);
  const T = records[0]?.decidedAt;
  const later = [cancel('a', 1), book({ id: 'b', from: 0, to: 5, updated: 1 })];
  const [changed] = await decider.decide([{ orgId, requests: later }]);
  const query = { orgId, status: 'booked', from: at(0), to: at(10), limit: 9, offset: 0 } as const;
  const idsOf = async (asked: AppointmentsQuery) =>
    (await listAppointments(it.db, asked)).appointments.map(({ id, version }) => `${id} ${version}`);
  expect(await idsOf(query)).toEqual(['b 2']);
  expect(await idsOf({ ...query, status: 'cancelled' })).toEqual(['a 2']);
  // Both decisions can have the same recorded time.
  if (changed?.[0]?.decidedAt !== T) expect(await idsOf({ ...query, at: T })).toEqual(['a 1']);
  expect(await idsOf({ ...query, at: changed?.[0]?.decidedAt })).toEqual(['b 2']);
  expect(await idsOf({ ...query, at: ((T ?? 0) - 1) as Instant })).toEqual([]);
});

test('a limit of 0, an empty window, an unknown org or an unknown resource gives an empty list', async () => {
  const query = { orgId: 'decided', status: 'all', limit: 9, offset: 0 } as const;
  expect(await listAppointments(it.db, { ...query, limit: 0 })).toEqual({ appointments: [] });
  expect(await listAppointments(it.db, { ...query, from: at(9), to: at(9) })).toEqual({ appointments: [] });
  expect(await listAppointments(it.db, { ...query, orgId: 'nobody', at: at(0) })).toEqual({
    appointments: [],
  });
  expect(await listAppointments(it.db, { ...query, resourceId: 'none', at: at(0) })).toEqual({
    appointments: [],
  });
});

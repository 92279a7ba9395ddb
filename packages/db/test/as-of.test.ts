// Lists as of an instant, over calendars with more versions than a page scans: pages that stop at a mark, and the
// scan in order of recording, against the oracle of `calendars.ts`.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Instant } from '@slotline/core';

import { VERSIONS_EARLY_MAX, versionsScannedMax } from '../src/reading/as-of-lists.ts';
import { listAppointments, type AppointmentRecord, type AppointmentsQuery } from '../src/index.ts';
import { insertHistory, listOf, MINUTE, toHistory, type Recorded } from './calendars.ts';
import { at } from './make-requests.ts';
import { setUpDecider, type TestDecider } from './test-decider.ts';

let it: TestDecider;
let histories: Record<string, readonly Recorded[]>;

const VERSIONS = 6_000;

// `spread`: recorded in no order of start. `ordered`: recorded in order of start, far ahead. `one`: an appointment
// with more versions than a page scans, then others with the same start.
beforeAll(async () => {
  it = await setUpDecider();
  const change = (n: number) => ({
    resourceId: `r${n % 3}`,
    lengthMs: ((n % 4) + 1) * 20 * MINUTE,
    laterMs: MINUTE,
  });
  const numbers = Array.from({ length: VERSIONS }, (_, n) => n);
  histories = {
    spread: toHistory(
      'spread',
      numbers.map((n) => ({
        ...change(n),
        id: `a${(n * 7_919) % 4_001}`,
        startMs: ((n * 7_919) % 4_001) * 30 * MINUTE,
        status: n % 5 === 0 ? ('cancelled' as const) : ('expired' as const),
      })),
    ),
    ordered: toHistory(
      'ordered',
      numbers.map((n) => ({
        ...change(n),
        id: `a${n}`,
        startMs: n * 30 * MINUTE,
        status: n % 5 === 0 ? ('cancelled' as const) : ('booked' as const),
      })),
    ),
    one: toHistory(
      'one',
      numbers.map((n) => ({
        ...change(n),
        id: n < VERSIONS - 50 ? 'a' : `b${n}`,
        startMs: 0,
        status: 'expired' as const,
      })),
    ),
  };
  for (const [orgId, history] of Object.entries(histories)) await insertHistory(it.raw, orgId, history);
}, 120_000);
afterAll(() => it.close());

async function walk(query: AppointmentsQuery) {
  const all: AppointmentRecord[] = [];
  let isShort = false;
  for (let after = query.after; ;) {
    const page = await listAppointments(it.db, { ...query, after });
    all.push(...page.appointments);
    if (page.next === undefined) return { all, isShort };
    isShort ||= page.appointments.length < query.limit;
    expect(page.next).not.toEqual(after);
    after = page.next;
  }
}

/** When the first `versions` versions were recorded. */
function recorded(versions: number): Instant {
  return at(versions);
}

const INSTANTS = [0, 1, 500, VERSIONS_EARLY_MAX, VERSIONS_EARLY_MAX + 1, 3_000, VERSIONS - 60, VERSIONS];
const WINDOWS = [{}, { from: at(30_000) }, { from: at(5_000), to: at(9_000) }];

test.each(['spread', 'ordered', 'one'])(
  'the pages of the calendar %s are complete at every instant',
  async (orgId) => {
    const seen = { short: 0, full: 0 };
    for (const versions of INSTANTS) {
      for (const window of WINDOWS) {
        for (const filter of [{ status: 'all' }, { status: 'expired', resourceId: 'r1' }] as const) {
          const query = { orgId, ...window, ...filter, at: recorded(versions) };
          const { all, isShort } = await walk({ ...query, limit: 100, offset: 0 });
          expect(all).toEqual(listOf(histories[orgId] ?? [], query));
          seen[isShort ? 'short' : 'full']++;
        }
      }
    }
    expect(seen.full).toBeGreaterThan(0);
    if (orgId !== 'ordered') return;
    expect(seen.short).toBeGreaterThan(0);
  },
  120_000,
);

test('a page without a match among its versions has a `next`', async () => {
  const query = { orgId: 'ordered', status: 'all', at: recorded(3_000), limit: 1, offset: 0 } as const;
  const first = await listAppointments(it.db, { ...query, from: at(3_100 * 30) });
  expect(first.appointments).toEqual([]);
  // One appointment before the window extends into it.
  expect(first.next).toMatchObject({ start: at((3_100 + versionsScannedMax(1) - 2) * 30) });
});

test('a page with an offset is never short', async () => {
  const query = { orgId: 'ordered', status: 'all', at: recorded(3_000), from: at(2_000 * 30) } as const;
  const wanted = listOf(histories['ordered'] ?? [], query);
  const page = await listAppointments(it.db, { ...query, limit: 1_000, offset: 10 });
  expect(page.appointments).toEqual(wanted.slice(10));
  expect(page.next).toBeUndefined();
});

// Free time over HTTP: against brute force over random calendars, and its edges.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import fc from 'fast-check';
import request from 'supertest';
import { at, readPages, send, type Slot } from './a-calendar.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
});

type Free = [resourceId: string, start: string, end: string];
interface FreeInterval {
  resourceId: string;
  start: string;
  end: string;
}

let orgs = 0;
function freshOrg(): string {
  return `free-${++orgs}`;
}

function pathOf(orgId: string, query: Record<string, string | number>): string {
  const parameters = Object.entries<string | number>({ orgId, ...query }).map(
    ([name, value]): [string, string] => [name, String(value)],
  );
  return `/api/availability?${new URLSearchParams(parameters).toString()}`;
}

async function freePages(orgId: string, query: Record<string, string | number>): Promise<Free[][]> {
  const pages = await readPages<FreeInterval>(system, pathOf(orgId, query));
  return pages.map((page) => page.map(({ resourceId, start, end }) => [resourceId, start, end]));
}

async function freeOf(orgId: string, query: Record<string, string | number>): Promise<Free[]> {
  return (await freePages(orgId, query)).flat();
}

const window = (from: number, to: number) => ({ from: at(from), to: at(to) });

describe('free intervals', () => {
  it('are what brute force finds, for every resource, any length and any page size', async () => {
    const seed = Date.now() >>> 0;
    const calendars = fc.sample(anyCalendar, { numRuns: CALENDARS, seed });
    for (const [round, { slots, from, to, minutesMin, limit }] of calendars.entries()) {
      const orgId = freshOrg();
      const outcomes = await send(system, orgId, slots);
      const booked = slots.filter((_slot, index) => outcomes[index]?.outcome.kind === 'created');
      const resources = [...new Set(booked.map(({ resourceId = '' }) => resourceId))].sort();
      const query = { ...window(from, to), durationMinutes: minutesMin, limit };
      const expected = resources.flatMap((resourceId) => naive(booked, { resourceId, from, to, minutesMin }));
      expect({ seed, round, free: await freeOf(orgId, query) }).toEqual({ seed, round, free: expected });
      for (const resourceId of [...resources, 'never booked']) {
        const named = await freeOf(orgId, { ...query, resourceId });
        const alone = naive(booked, { resourceId, from, to, minutesMin });
        expect({ seed, round, resourceId, free: named }).toEqual({ seed, round, resourceId, free: alone });
      }
    }
  });

  it('of many resources with full calendars come whole in pages of any size', async () => {
    const orgId = freshOrg();
    const resources = Array.from({ length: 45 }, (_, index) => `r${String(index).padStart(2, '0')}`);
    const slots = resources.flatMap((resourceId) =>
      Array.from({ length: 10 }, (_, index) => ({
        id: `${resourceId}-${index}`,
        resourceId,
        from: index * 20 + 10,
        to: index * 20 + 20,
      })),
    );
    await send(system, orgId, slots);
    const all = await freeOf(orgId, { ...window(0, 200), limit: 1_000 });
    expect(all).toEqual(
      resources.flatMap((resourceId) =>
        Array.from({ length: 10 }, (_, index) => [resourceId, at(index * 20), at(index * 20 + 10)]),
      ),
    );
    for (const limit of [7, 10, 100]) expect(await freeOf(orgId, { ...window(0, 200), limit })).toEqual(all);
    const long = { ...window(0, 200), durationMinutes: 11, limit: 5 };
    expect(await freeOf(orgId, long)).toEqual([]);
  });

  it('of a calendar longer than one look come whole, and those cut by a look are not split', async () => {
    const orgId = freshOrg();
    const slots = Array.from({ length: 1_000 }, (_, index) => ({
      id: `s${index}`,
      from: index * 3,
      to: index * 3 + 2,
    }));
    await send(system, orgId, slots);
    await send(system, orgId, [{ id: 'last', from: 3_100, to: 3_101 }]);
    const free = await freeOf(orgId, { ...window(0, 4_000), limit: 1_000 });
    expect(free).toHaveLength(1_001);
    expect(free.slice(-3)).toEqual([
      ['default', at(2_996), at(2_997)],
      ['default', at(2_999), at(3_100)],
      ['default', at(3_101), at(4_000)],
    ]);
    const long = await freeOf(orgId, { ...window(0, 4_000), durationMinutes: 2, limit: 1 });
    expect(long.map(([, start]) => start)).toEqual([at(2_999), at(3_101)]);
  });

  it('count held ones as taken and cancelled ones as free', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [
      { id: 'held', from: 10, to: 20, holdSeconds: 3_600 },
      { id: 'gone', from: 30, to: 40 },
      { id: 'gone', op: 'cancel', from: 30, to: 40 },
    ]);
    expect(await freeOf(orgId, window(0, 50))).toEqual([
      ['default', at(0), at(10)],
      ['default', at(20), at(50)],
    ]);
  });

  it('of an unknown org are none, and of a resource without bookings the whole window', async () => {
    const orgId = freshOrg();
    expect(await freeOf(orgId, window(0, 60))).toEqual([]);
    const named = await freePages(orgId, { ...window(0, 60), resourceId: 'new', limit: 1 });
    expect(named).toEqual([[['new', at(0), at(60)]]]);
  });
});

describe('GET /api/availability', () => {
  it.each<[Record<string, string | number>, string[]]>([
    [{}, ['/from', '/to']],
    [{ from: at(0), to: 'x', durationMinutes: 0 }, ['/durationMinutes', '/to']],
    [window(1, 1), ['/to']],
    [window(0, 366 * 1_440 + 1), ['/to']],
    [{ ...window(0, 1), durationMinutes: 525_601, limit: 1_001 }, ['/durationMinutes', '/limit']],
    [{ ...window(0, 1), resourceId: '', offset: 1 }, ['/offset', '/resourceId']],
  ])('refuses %j and names what is wrong', async (query, pointers) => {
    const { status, body } = await request(system.url).get('/api/availability').query(query);
    const named = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect([status, [...new Set(named)].sort()]).toEqual([400, pointers]);
  });

  it('takes a window of 366 days and a length of a year', async () => {
    const query = { ...window(0, 366 * 1_440), durationMinutes: 525_600, resourceId: 'r' };
    expect(await freeOf(freshOrg(), query)).toHaveLength(1);
  });

  it('refuses a cursor of another window', async () => {
    const orgId = freshOrg();
    await send(system, orgId, [{ id: 'a', from: 10, to: 20 }]);
    const first = await request(system.url).get(pathOf(orgId, { ...window(0, 60), limit: 1 }));
    const cursor = /cursor=([\w-]+)/.exec(first.headers['link'] ?? '')?.[1] ?? '';
    const { status, body } = await request(system.url).get(pathOf(orgId, { ...window(0, 61), cursor }));
    expect([status, body.type]).toEqual([400, 'urn:slotline:problem:invalid-cursor']);
  });
});

const CALENDARS = 15;

const anyCalendar = fc.record({
  slots: fc
    .array(
      fc.record({
        resourceId: fc.constantFrom('a', 'b', 'ä', 'Z'),
        from: fc.integer({ min: 0, max: 200 }),
        length: fc.integer({ min: 1, max: 40 }),
      }),
      { minLength: 1, maxLength: 25 },
    )
    .map((slots): Slot[] =>
      slots.map(({ resourceId, from, length }, index) => ({
        id: `s${index}`,
        resourceId,
        from,
        to: from + length,
      })),
    ),
  from: fc.integer({ min: 0, max: 120 }),
  to: fc.integer({ min: 121, max: 300 }),
  minutesMin: fc.integer({ min: 1, max: 30 }),
  limit: fc.integer({ min: 1, max: 12 }),
});

interface Wanted {
  resourceId: string;
  from: number;
  to: number;
  minutesMin: number;
}

function naive(booked: readonly Slot[], { resourceId, from, to, minutesMin }: Wanted): Free[] {
  const live = booked.filter((slot) => slot.resourceId === resourceId);
  const free: Free[] = [];
  let since: number | undefined;
  for (let minute = from; minute <= to; minute++) {
    if (minute < to && !live.some((slot) => slot.from <= minute && minute < slot.to)) {
      since ??= minute;
      continue;
    }
    if (since !== undefined && minute - since >= minutesMin) free.push([resourceId, at(since), at(minute)]);
    since = undefined;
  }
  return free;
}

// The iCalendar feed, read by an independent parser.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSystem, type System } from '@slotline/testkit';
import ICAL from 'ical.js';
import request from 'supertest';
import { nextOf, send } from './a-calendar.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => {
  await system.close();
});

let orgs = 0;
function freshOrg(): string {
  return `calendar ${++orgs}`;
}

/** The days of the calendars here are further ahead than a calendar without `to` goes. */
const TO = '2031-01-01 00:00';

function get(query: object, headers: Record<string, string> = {}) {
  return request(system.url)
    .get('/api/appointments.ics')
    .query({ to: TO, ...query })
    .set(headers);
}

interface Event {
  readonly uid: string;
  readonly sequence: number;
  readonly status: string;
  readonly summary: string;
  readonly start: string;
}

function eventsOf(text: string): Event[] {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      sequence: event.sequence,
      status: String(component.getFirstPropertyValue('status')),
      summary: event.summary,
      start: event.startDate.toJSDate().toISOString(),
    };
  });
}

const hours = (from: number, to: number) => ({ from: from * 60, to: to * 60 });

it('shows every appointment with its status, and a moved or cancelled one under the same UID', async () => {
  const orgId = freshOrg();
  await send(system, orgId, [
    { id: 'a', ...hours(8, 9), metadata: { title: 'Zahnarzt; bitte, pünktlich\nZimmer 2 🪟' } },
    { id: 'b', ...hours(9, 10), holdSeconds: 3_600 },
    { id: 'c/d@e', ...hours(10, 11) },
  ]);
  const first = await get({ orgId });
  expect([first.status, first.headers['content-type']]).toEqual([200, 'text/calendar; charset=utf-8']);
  expect(eventsOf(first.text)).toEqual([
    {
      uid: 'a@calendar%201',
      sequence: 0,
      status: 'CONFIRMED',
      summary: 'Zahnarzt; bitte, pünktlich\nZimmer 2 🪟',
      start: '2030-10-10T08:00:00.000Z',
    },
    expect.objectContaining({ sequence: 0, status: 'TENTATIVE', summary: 'Appointment b' }),
    expect.objectContaining({ uid: 'c%2Fd%40e@calendar%201', status: 'CONFIRMED' }),
  ]);
  await send(system, orgId, [
    { id: 'a', ...hours(12, 13) },
    { id: 'c/d@e', op: 'cancel', ...hours(10, 11) },
  ]);
  const second = eventsOf((await get({ orgId })).text);
  expect(second.map(({ uid, sequence, status, start }) => [uid, sequence, status, start])).toEqual([
    ['b@calendar%201', 0, 'TENTATIVE', '2030-10-10T09:00:00.000Z'],
    ['c%2Fd%40e@calendar%201', 1, 'CANCELLED', '2030-10-10T10:00:00.000Z'],
    ['a@calendar%201', 1, 'CONFIRMED', '2030-10-10T12:00:00.000Z'],
  ]);
});

it('is of one resource or of a window when asked, and of 30 days back to 365 ahead when not', async () => {
  const orgId = freshOrg();
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const ahead = (days: number) => daysAgo(-days);
  await send(system, orgId, [
    { id: 'old', from: 0, to: 0, start: daysAgo(40), end: daysAgo(39) },
    { id: 'recent', from: 0, to: 0, start: daysAgo(20), end: daysAgo(19) },
    { id: 'soon', from: 0, to: 0, start: ahead(300), end: ahead(301) },
    { id: 'room', resourceId: 'r', ...hours(8, 9) },
  ]);
  const idsOf = async (query: object) =>
    eventsOf((await get({ orgId, ...query })).text).map(({ uid }) => uid.split('@')[0]);
  expect(await idsOf({ to: undefined })).toEqual(['recent', 'soon']);
  expect(await idsOf({})).toEqual(['recent', 'soon', 'room']);
  expect(await idsOf({ from: '2000-01-01 00:00' })).toEqual(['old', 'recent', 'soon', 'room']);
  expect(await idsOf({ from: '2000-01-01 00:00', to: undefined })).toEqual(['old', 'recent', 'soon']);
  expect(await idsOf({ from: '2030-01-01 00:00', to: undefined })).toEqual(['room']);
  expect(await idsOf({ to: daysAgo(35) })).toEqual(['old']);
  expect(await idsOf({ resourceId: 'r' })).toEqual(['room']);
  expect(await idsOf({ resourceId: 'nowhere' })).toEqual([]);
});

it('is answered 304 until something of the org changes, per query', async () => {
  const orgId = freshOrg();
  await send(system, orgId, [{ id: 'a', ...hours(8, 9) }]);
  const first = await get({ orgId });
  const tag = first.headers['etag'] ?? '';
  expect(tag).toMatch(/^"[\w-]{22}"$/);
  const same = await get({ orgId }, { 'If-None-Match': tag });
  expect([same.status, same.text]).toEqual([304, '']);
  expect((await get({ orgId, resourceId: 'default' }, { 'If-None-Match': tag })).status).toBe(200);
  expect((await get({ orgId: freshOrg() }, { 'If-None-Match': tag })).status).toBe(200);
  expect((await get({ orgId })).text).toBe(first.text);
  await send(system, orgId, [{ id: 'b', ...hours(9, 10) }]);
  const changed = await get({ orgId }, { 'If-None-Match': tag });
  expect([changed.status, eventsOf(changed.text).length]).toEqual([200, 2]);
});

it('of more than 10,000 events links to the rest', async () => {
  const orgId = freshOrg();
  for (let from = 0; from < 10_050; from += 1_000) {
    const count = Math.min(1_000, 10_050 - from);
    await send(system, orgId, Array.from({ length: count }, (_, at) => ({ id: `e${from + at}`, from: from + at, to: from + at + 1 }))); // prettier-ignore
  }
  const first = await get({ orgId });
  const second = await request(system.url).get(nextOf(first.headers) ?? '');
  const [uids, rest] = [first, second].map(({ text }) =>
    [...text.matchAll(/^UID:(.*)\r$/gm)].map(([, uid]) => uid),
  );
  expect([uids?.length, rest?.length, nextOf(second.headers)]).toEqual([10_000, 50, undefined]);
  expect(new Set([...(uids ?? []), ...(rest ?? [])]).size).toBe(10_050);
  expect(second.headers['etag']).not.toBe(first.headers['etag']);
}, 60_000);

it.each<[object, string[]]>([
  [{ from: 'x', limit: 5 }, ['/from', '/limit']],
  [{ from: '2030-01-02 00:00', to: '2030-01-01 00:00' }, ['/to']],
  [{ status: 'all', at: '2030-01-01 00:00' }, ['/at', '/status']],
])('refuses %j and names what is wrong', async (query, pointers) => {
  const { status, body } = await get(query);
  const named = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
  expect([status, named.sort()]).toEqual([400, pointers]);
});

it('of an unknown org is an empty calendar, and HEAD is answered with its head', async () => {
  const orgId = freshOrg();
  expect(eventsOf((await get({ orgId })).text)).toEqual([]);
  const head = await request(system.url).head('/api/appointments.ics').query({ orgId });
  expect([head.status, head.headers['etag']]).toEqual([200, expect.any(String)]);
});

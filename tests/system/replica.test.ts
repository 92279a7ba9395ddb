// Reads from a replica: a second database with an earlier state of the primary, which is then stopped.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestDatabase, startSystem, type System, type TestDatabase } from '@slotline/testkit';
import { Client } from 'pg';
import request from 'supertest';
import { at, send } from './a-calendar.ts';
import { openEvents } from './event-reader.ts';

const ORG = 'acme';
const slot = (id: string, from: number) => ({ id, from, to: from + 1 });

let primary: TestDatabase;
let copy: { url: string; drop: () => Promise<void> };
let system: System;
let lateId: string;
beforeAll(async () => {
  primary = await createTestDatabase();
  const before = await startSystem({ databaseUrl: primary.url });
  await send(before, ORG, [slot('a', 0), slot('b', 1)]);
  await before.close();
  copy = await copyDatabase(primary.url);
  system = await startSystem({ databaseUrl: primary.url, environment: { DATABASE_READ_URL: copy.url } });
  // From here on the copy is behind: two changes that only the primary has.
  const [moved] = await send(system, ORG, [slot('a', 5), slot('late', 7)]);
  lateId = moved?.requestId ?? '';
});
afterAll(async () => {
  await system?.close();
  await copy?.drop();
  await primary?.drop();
});

function get(path: string, query: object = {}) {
  return request(system.url)
    .get(path)
    .query({ orgId: ORG, ...query });
}

function idsOf(body: unknown): string[] {
  return (body as { id: string }[]).map(({ id }) => id);
}

async function fallbacks(reason: string): Promise<number> {
  const { text } = await request(system.adminUrl).get('/metrics');
  return Number(
    new RegExp(`^slotline_replica_fallbacks_total\\{reason="${reason}",.*\\} (\\d+)$`, 'm').exec(text)?.[1] ??
      0,
  );
}

it('lists, as-of reads, feeds, free time and calendars come from the replica, in its state', async () => {
  expect(idsOf((await get('/api/appointments')).body)).toEqual(['a', 'b']);
  expect((await get('/api/appointments/a', { at: '9999-01-01 00:00' })).body.version).toBe(1);
  expect((await get('/api/appointments/a/history')).body).toHaveLength(1);
  expect((await get('/api/changes')).body).toHaveLength(2);
  expect((await get('/api/availability', { from: at(0), to: at(10) })).body).toEqual([
    { resourceId: 'default', start: at(2), end: at(10) },
  ]);
  expect((await get('/api/appointments.ics')).text).not.toContain('late');
  const reader = await openEvents(`${system.url}/api/changes/stream?orgId=${ORG}`);
  expect((await reader.take(2)).map(({ id }) => id)).toEqual(['1', '2']);
  reader.close();
  expect([await fallbacks('behind'), await fallbacks('away')]).toEqual([0, 0]);
});

it('requests and the current version of an appointment come from the primary', async () => {
  expect((await get('/api/appointments/a')).body.version).toBe(2);
  expect((await request(system.url).get(`/api/requests/${lateId}`)).body.status).toBe('completed');
  expect((await get('/api/requests')).body).toHaveLength(4);
});

it('what the replica does not have is read from the primary, so that a 404 is never due to its lag', async () => {
  expect((await get('/api/appointments/late', { at: '9999-01-01 00:00' })).body.version).toBe(1);
  expect((await get('/api/appointments/late/history')).body).toHaveLength(1);
  expect((await get('/api/appointments/nobody/history')).status).toBe(404);
});

it('minSequence is answered by a database that has reached the sequence', async () => {
  expect(idsOf((await get('/api/appointments', { minSequence: 2 })).body)).toEqual(['a', 'b']);
  expect(await fallbacks('behind')).toBe(0);
  expect(idsOf((await get('/api/appointments', { minSequence: 4 })).body)).toEqual(['b', 'a', 'late']);
  expect((await get('/api/changes', { minSequence: 3 })).body).toHaveLength(4);
  expect(await fallbacks('behind')).toBe(2);
  expect((await get('/api/changes', { minSequence: 5 })).status).toBe(409);
});

it('the primary answers while the replica is unavailable', async () => {
  await copy.drop();
  expect(idsOf((await get('/api/appointments')).body)).toEqual(['b', 'a', 'late']);
  expect((await get('/api/changes')).body).toHaveLength(4);
  expect(await fallbacks('away')).toBe(1);
});

/** Copies the current state to another name; the source may have no open connections. */
async function copyDatabase(url: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const [source, target] = [new URL(url), new URL(url)];
  const name = `copy_${randomUUID().replaceAll('-', '')}`;
  const server = new URL(url);
  server.pathname = '/postgres';
  const run = async (text: string) => {
    const client = new Client({ connectionString: server.href });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  };
  await run(`create database ${name} template ${source.pathname.slice(1)}`);
  target.pathname = `/${name}`;
  return { url: target.href, drop: () => run(`drop database if exists ${name} with (force)`) };
}

// Property 13: whatever the wire accepts, PostgreSQL can commit and give back unchanged. A request that was
// answered with 202 and then cannot be stored would be lost in all but name.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Instant } from '@slotline/core';
import { findAppointment, openDatabase, openDecider, type Database, type Decider } from '@slotline/db';
import { createTestDatabase, type TestDatabase } from '@slotline/testkit';
import fc from 'fast-check';
import { booking, parseWith, readJob, writeJob, type Booking, type Job } from '@slotline/contract';

/** Accepted bookings to commit; the generator makes several inputs for each. */
const ACCEPTED_MIN = 2_000;
const GROUP = 100;

let database: TestDatabase;
let decider: Decider;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  decider = openDecider({ url: database.url, lanes: 1 });
  db = openDatabase({ url: database.url });
});
afterAll(async () => {
  await decider.close();
  await db.close();
  await database.drop();
});

const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength }),
    fc.constantFrom(
      '..',
      ' ',
      '%',
      "'; drop table orgs; --",
      '{}',
      'a\nb',
      '\u0007',
      '\u202e',
      'NaN',
      '__proto__',
    ),
    fc.constantFrom('\u0000', 'a\ud800', '😀'.repeat(Math.floor(maxLength / 2)), 'x'.repeat(maxLength)),
  );

const year = fc.oneof(fc.integer({ min: 1970, max: 9999 }), fc.constantFrom(1969, 1970, 2000, 9999));
const timestamp = fc
  .tuple(
    year,
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 31 }),
    fc.integer({ min: 0, max: 23 }),
    fc.integer({ min: 0, max: 59 }),
    fc.constantFrom('', ':00', ':59', ':59.9', ':59.99', ':59.999'),
    fc.constantFrom('', 'Z', '+14:00', '-12:00', '+00:30', '-23:59'),
  )
  .map(
    ([y, month, day, hour, minute, seconds, zone]) =>
      `${y}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}${seconds}${zone}`,
  );

const anyBooking = fc.record(
  {
    id: fc.oneof(text(200), fc.integer({ min: -1 }), fc.double()),
    start: timestamp,
    end: timestamp,
    createdAt: timestamp,
    updatedAt: timestamp,
    orgId: text(128),
    resourceId: text(128),
    callbackUrl: fc.webUrl(),
    metadata: fc.dictionary(text(20), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 5 }),
  },
  { requiredKeys: ['id', 'start', 'end', 'createdAt', 'updatedAt'] },
);

describe('the wire', () => {
  it('accepts only what PostgreSQL commits and returns unchanged', async () => {
    const seed = Date.now() >>> 0;
    const accepted = acceptedBookings(seed);
    expect({ seed, accepted: accepted.length >= ACCEPTED_MIN }).toEqual({ seed, accepted: true });
    for (let at = 0; at < accepted.length; at += GROUP) await commit(accepted.slice(at, at + GROUP), at);
    for (const [at, one] of accepted.entries()) {
      const stored = await findAppointment(db, { orgId: orgOf(at), appointmentId: one.id });
      expect({ seed, at, stored }).toMatchObject({
        seed,
        at,
        stored: {
          resourceId: one.resourceId,
          start: one.start,
          end: one.end,
          createdAt: one.createdAt,
          updatedAt: one.updatedAt,
          metadata: one.metadata ?? null,
          version: 1,
        },
      });
    }
  }, 120_000);

  it('carries every accepted org id', async () => {
    const seed = Date.now() >>> 0;
    const orgIds = fc.sample(text(128), { numRuns: 300, seed }).filter((orgId) => acceptsOrg(orgId));
    for (const [at, orgId] of orgIds.entries()) {
      const [[record] = []] = await decider.decide([{ orgId, requests: [request(VALID, 1_000_000 + at)] }]);
      expect({ seed, orgId, found: record?.orgId }).toEqual({ seed, orgId, found: orgId });
    }
  });
});

const VALID = {
  id: '1',
  start: 0 as Instant,
  end: 1 as Instant,
  createdAt: 0 as Instant,
  updatedAt: 0 as Instant,
  orgId: 'default',
  resourceId: 'default',
};

function acceptsOrg(orgId: string): boolean {
  const times = { start: '2030-01-01 10:00', end: '2030-01-01 11:00', createdAt: '2030-01-01 10:00' };
  return parseWith(booking, { id: '1', ...times, updatedAt: times.createdAt, orgId }).kind === 'valid';
}

function acceptedBookings(seed: number): Booking[] {
  const accepted: Booking[] = [];
  for (let round = 0; accepted.length < ACCEPTED_MIN && round < 50; round++) {
    for (const input of fc.sample(anyBooking, { numRuns: 1_000, seed: seed + round })) {
      // As it arrives: through JSON text.
      const parsed = parseWith(booking, JSON.parse(JSON.stringify(input)));
      if (parsed.kind === 'valid') accepted.push(parsed.value);
    }
  }
  return accepted;
}

// An org for each group, a resource of its own for each booking: nothing but the storing is under test.
function orgOf(at: number): string {
  return `org-${at}`;
}

async function commit(group: readonly Booking[], first: number): Promise<void> {
  const records = await decider.decide(
    group.map((one, at) => ({ orgId: orgOf(first + at), requests: [request(one, first + at)] })),
  );
  expect(records.map(([record]) => record?.outcome.kind)).toEqual(group.map(() => 'created'));
}

/** Through the mailbox's text and back, as in production. */
function request(one: Booking, at: number) {
  const { id, orgId: _orgId, metadata, callbackUrl, ...rest } = one;
  const job: Job = {
    operation: 'book',
    appointmentId: id,
    ...rest,
    metadata: metadata ?? null,
    acceptedAt: one.createdAt,
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
  };
  const requestId = `00000000-0000-8000-8000-${String(at).padStart(12, '0')}`;
  return { ...readJob(JSON.stringify(writeJob(job))), requestId };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

// Property 13: whatever the wire accepts, PostgreSQL can commit and give back unchanged. A request that was
// answered with 202 and then cannot be stored would be lost in all but name.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTANT_MAX, type Instant } from '@slotline/core';
import {
  findAppointment,
  findRequests,
  openDatabase,
  openDecider,
  type AcceptedRequest,
  type Database,
  type Decider,
} from '@slotline/db';
import { createTestDatabase, type TestDatabase } from '@slotline/testkit';
import fc from 'fast-check';
import {
  booking,
  readAtomicItem,
  toAtomicBatch,
  parseBatchItem,
  parseWith,
  readJob,
  writeJob,
  type AtomicBatch,
  type BatchItem,
  type Booking,
  type Job,
} from '@slotline/contract';

/** Accepted bookings to commit; the generator makes several inputs for each. */
const ACCEPTED_MIN = 2_000;
const GROUP = 100;

let database: TestDatabase;
let decider: Decider;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  decider = openDecider({ url: database.applicationUrl, lanes: 1 });
  db = openDatabase({ url: database.applicationUrl });
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
    holdSeconds: fc.oneof(
      fc.integer({ min: 4, max: 3_601 }),
      fc.constantFrom<unknown>(5, 3_600, 5.5, -1, '60', null, 1e300),
    ),
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
          status: one.holdSeconds === undefined ? 'booked' : 'held',
          heldUntil: heldUntilOf(one),
          version: 1,
        },
      });
    }
  }, 120_000);

  it('confirms every hold that it accepted', async () => {
    const seed = Date.now() >>> 0;
    const held = acceptedBookings(seed, 500).filter(({ holdSeconds }) => holdSeconds !== undefined);
    expect({ seed, some: held.length > 100 }).toEqual({ seed, some: true });
    const groups = held.map((one, at) => ({
      orgId: `held-${at}`,
      requests: [request(one, 2_000_000 + at), accept(confirmationOf(one), 3_000_000 + at)],
    }));
    for (let at = 0; at < groups.length; at += GROUP) {
      const records = await decider.decide(groups.slice(at, at + GROUP));
      for (const ofOrg of records) {
        expect({ seed, kinds: ofOrg.map(({ outcome }) => outcome.kind) }).toEqual({
          seed,
          kinds: ['created', 'confirmed'],
        });
      }
    }
  }, 120_000);

  it('decides every atomic batch that it accepts, and gives its outcome back unchanged', async () => {
    const seed = Date.now() >>> 0;
    const batches = acceptedBatches(seed);
    expect({ seed, some: batches.length > 100 }).toEqual({ seed, some: true });
    const seen = new Set<string>();
    for (const [at, { items }] of batches.entries()) {
      const wishes = items.map(wishOf);
      const acceptedAt = 0 as Instant;
      const [[record] = []] = await decider.decide([
        {
          orgId: `batch-${at % 10}`,
          requests: [accept({ operation: 'batch', wishes, acceptedAt }, 4_000_000 + at)],
        },
      ]);
      const found = await findRequests(db, [idOf(4_000_000 + at)]);
      expect({ seed, at, found: found.get(idOf(4_000_000 + at)) }).toEqual({ seed, at, found: record });
      const { outcome } = record ?? {};
      if (outcome?.kind !== 'applied' && outcome?.kind !== 'refused') throw new Error(`${seed} ${at}`);
      expect({ seed, at, outcomes: outcome.outcomes.length }).toEqual({ seed, at, outcomes: items.length });
      seen.add(outcome.kind);
    }
    expect({ seed, seen: [...seen].sort() }).toEqual({ seed, seen: ['applied', 'refused'] });
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

function acceptedBookings(seed: number, min = ACCEPTED_MIN): Booking[] {
  const accepted: Booking[] = [];
  for (let round = 0; accepted.length < min && round < 50; round++) {
    for (const input of fc.sample(anyBooking, { numRuns: 1_000, seed: seed + round })) {
      // As it arrives: through JSON text.
      const parsed = parseWith(booking, JSON.parse(JSON.stringify(input)));
      if (parsed.kind === 'valid') accepted.push(parsed.value);
    }
  }
  return accepted;
}

// A separate org for each group and a separate resource for each booking, so that only storing is tested.
function orgOf(at: number): string {
  return `org-${at}`;
}

async function commit(group: readonly Booking[], first: number): Promise<void> {
  const records = await decider.decide(
    group.map((one, at) => ({ orgId: orgOf(first + at), requests: [request(one, first + at)] })),
  );
  expect(records.map(([record]) => record?.outcome.kind)).toEqual(group.map(() => 'created'));
}

function heldUntilOf({ holdSeconds, createdAt }: Booking): Instant | null {
  // As the API does it, for one that is accepted when it was made.
  return holdSeconds === undefined
    ? null
    : (Math.min(createdAt + holdSeconds * 1_000, INSTANT_MAX) as Instant);
}

function wishOf(item: BatchItem): (Job & { operation: 'batch' })['wishes'][number] {
  switch (item.op) {
    case 'book': {
      const { id, resourceId, start, end, createdAt, updatedAt, metadata = null } = item.booking;
      const facts = { resourceId, start, end, createdAt, updatedAt, metadata };
      return { operation: 'book', appointmentId: id, ...facts, heldUntil: heldUntilOf(item.booking) };
    }
    case 'cancel': {
      const { id, updatedAt = INSTANT_MAX } = item.cancellation;
      return { operation: 'cancel', appointmentId: id, updatedAt };
    }
    case 'confirm':
      return { operation: 'confirm', appointmentId: item.confirmation.id };
  }
}

function request(one: Booking, at: number): AcceptedRequest {
  const { callbackUrl, createdAt: acceptedAt } = one;
  const url = callbackUrl === undefined ? {} : { callbackUrl };
  return accept({ ...wishOf({ op: 'book', booking: one }), acceptedAt, ...url }, at);
}

function confirmationOf({ id, createdAt: acceptedAt }: Booking): Job {
  const parsed = parseBatchItem(JSON.parse(JSON.stringify({ op: 'confirm', id })));
  if (parsed.kind === 'invalid') throw new Error(`cannot confirm ${JSON.stringify(id)}`);
  return { ...wishOf(parsed.value), acceptedAt };
}

/** Batches of 1 to 12 items that are accepted one by one, and now and then as a batch too. */
function acceptedBatches(seed: number): AtomicBatch[] {
  const bookings = fc
    .sample(anyBooking, { numRuns: 5_000, seed })
    .filter((input) => parseWith(booking, JSON.parse(JSON.stringify(input))).kind === 'valid')
    .map(({ callbackUrl: _url, orgId: _org, ...input }) => input as object & { id: unknown });
  const change = fc
    .constantFrom(...bookings)
    .chain((input) =>
      fc.constantFrom<object>(
        input,
        { ...input, op: 'book' },
        { ...input, op: 'cancel' },
        { op: 'cancel', id: input.id },
        { op: 'confirm', id: input.id },
      ),
    );
  const batch = fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...bookings) }, { weight: 1, arbitrary: change }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  return fc.sample(batch, { numRuns: 200, seed }).flatMap((inputs) => {
    const parsed = toAtomicBatch((JSON.parse(JSON.stringify(inputs)) as unknown[]).map(readAtomicItem));
    return parsed.kind === 'valid' ? [parsed.value] : [];
  });
}

function idOf(at: number): string {
  return `00000000-0000-8000-8000-${String(at).padStart(12, '0')}`;
}

/** Through the mailbox's text and back, as in production. */
function accept(job: Job, at: number): AcceptedRequest {
  return { ...readJob(JSON.stringify(writeJob(job))), requestId: idOf(at) };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
